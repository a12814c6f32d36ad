// One source: its usual keys as fields, its zones and masks on its picture, the rest in the file.
import { html } from "../../html.mjs";
import { change } from "../../settings.mjs";
import { sectionLink, show } from "../../settings_route.mjs";
import { Choice, Figure, Group, Switch, Text, Words } from "./fields.mjs";
import { Masks } from "./masks.mjs";
import { TrySource } from "./try_source.mjs";

const MODES = [["visits", "Follow what happens"], ["interval", "A look now and then"], ["every", "Tag every picture"]];

export function Source({ source, index, now }) {
  const place = (...rest) => ["sources", index, ...rest];
  const remove = async () => {
    await change([place(), undefined]);
    show("sources");
  };
  return html`
    <p class="deeds"><a ...${sectionLink("sources")}>All sources</a><strong>${source.name}</strong></p>
    <${Group} title="Where it comes from">
      <${Text} place=${place("url")} label="Address" />
      <${Text} place=${place("main")} label="Address of the larger picture"
        hint="A second stream with more pixels, opened to keep a good picture." />
      <${TrySource} given=${source} />
      <${Switch} place=${place("enabled")} label="Switched on at the start" fallback=${true} />
    <//>
    <${Group} title="Zones and masks"><${Masks} source=${source} index=${index} now=${now} /><//>
    <${Group} title="What is looked at">
      <${Choice} place=${place("mode")} label="Mode" fallback="What suits the source" options=${MODES} />
      <${Figure} place=${place("fps")} label="Looks a second, at most" />
      <${Figure} place=${place("motion", "threshold")} label="Motion: grey levels from the background (1 to 255)" />
      <${Text} place=${place("look_every")} label="A look although nothing moves, every" hint="5m, 1h …; 0: none." />
    <//>
    <${Group} title="What is said">
      <${Words} place=${place("taggers")} label="Taggers" hint="Only these, with commas between; empty: all." />
      <${Figure} place=${place("max_tags")} label="Tags of each tagger, at most" />
    <//>
    <p class="faint">Everything else can be written in <a ...${sectionLink("file")}>the whole file</a>.</p>
    <p class="deeds"><button onClick=${remove}>Remove this source</button></p>`;
}
