// What a camera sees, renewed for as long as it is in sight of somebody.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { image } from "../api.mjs";

const EVERY = 1500; // ms between two pictures
const KEPT = 2; // pictures: the one before is shown until the newest is drawn

export function Sight({ name }) {
  const element = useRef(null);
  const [url, setUrl] = useState(null);
  useEffect(() => {
    const urls = [];
    let tag = null;
    let inSight = true;
    let looking = false;
    let over = false;
    const look = async () => {
      if (looking || !inSight || document.hidden) return;
      looking = true;
      const path = `sources/${encodeURIComponent(name)}/picture`;
      const found = await image(path, tag).catch(() => null);
      looking = false;
      if (!found || over) return;
      tag = found.tag;
      urls.push(URL.createObjectURL(found.blob));
      if (urls.length > KEPT) URL.revokeObjectURL(urls.shift());
      setUrl(urls.at(-1));
    };
    const seen = new IntersectionObserver(([entry]) => {
      inSight = entry.isIntersecting;
      look();
    });
    seen.observe(element.current);
    const timer = setInterval(look, EVERY);
    return () => {
      over = true;
      clearInterval(timer);
      seen.disconnect();
      urls.forEach((one) => URL.revokeObjectURL(one));
    };
  }, [name]);
  return html`
    <div class="sight" ref=${element}>
      ${url && html`<img src=${url} alt=${`What ${name} sees`} decoding="sync" />`}
    </div>`;
}
