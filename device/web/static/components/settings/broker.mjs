// The broker, and whether it answers.
import { useState } from "preact/hooks";
import { html } from "../../html.mjs";
import { command } from "../../api.mjs";
import { at, change, written } from "../../settings.mjs";
import { Choice, Group, Switch, Text, Words } from "./fields.mjs";

const HERE = "mqtt://127.0.0.1:1883";

function Test() {
  const [{ busy, told, bad }, set] = useState({});
  const test = async () => {
    set({ busy: true });
    try {
      const { broker, protocol, encrypted, ms } = await command("POST", "mqtt/test", at(["mqtt"]));
      const how = encrypted ? "encrypted" : "not encrypted";
      set({ told: `${broker} brought a message back in ${ms} ms (MQTT ${protocol}, ${how}).` });
    } catch (problem) {
      set({ told: problem.message, bad: true });
    }
  };
  return html`
    <p class="deeds"><button onClick=${test} disabled=${busy}>${busy ? "Testing…" : "Test it"}</button>
      <span class=${bad ? "error" : ""} role="status">${told}</span></p>`;
}

export function Broker() {
  if (!written.value.mqtt) {
    return html`
      <p>Nothing is told over MQTT.</p>
      <p class="deeds"><button onClick=${() => change([["mqtt"], { url: HERE }])}>Name a broker</button></p>`;
  }
  return html`
    <${Group} title="Broker">
      <${Text} place=${["mqtt", "url"]} label="Address" hint="mqtt://host:1883, mqtts://host:8883 or wss://host/path" />
      <${Text} place=${["mqtt", "username"]} label="User" />
      <${Text} place=${["mqtt", "password"]} label="Password"
        hint="Best as \${NAME}, from the environment or systemd's credentials." />
      <${Test} />
    <//>
    <${Group} title="What is told">
      <${Text} place=${["mqtt", "prefix"]} label="First level of every topic" />
      <${Choice} place=${["mqtt", "discovery"]} label="Discovery" fallback="None"
        options=${[["homeassistant", "Home Assistant"]]} />
      <${Words} place=${["mqtt", "announce"]} label="Tags with a topic" hint="With commas between." />
      <${Switch} place=${["mqtt", "pictures"]} label="Leave the newest picture of each source there"
        hint="Whoever may read the topic sees it." />
    <//>
    <p class="deeds"><button onClick=${() => change([["mqtt"], undefined])}>Tell nothing any more</button></p>`;
}
