// Who this box is, and where its page is found.
import { html } from "../../html.mjs";
import { Figure, Group, Switch, Text, Words } from "./fields.mjs";

export const Device = () => html`
  <${Group} title="Who it is">
    <${Text} place=${["device", "name"]} label="Name" hint="For people: on this page and in Home Assistant." />
    <${Text} place=${["device", "id"]} label="Id"
      hint="In every MQTT topic and event. Never change it once others listen." />
  <//>
  <${Group} title="Where it keeps things">
    <${Text} place=${["data_dir"]} label="Data folder"
      hint="Database, pictures and backups. Moved only by somebody on the machine, in the file itself." />
  <//>`;

export const Network = () => html`
  <${Group} title="This page">
    <${Text} place=${["web", "listen"]} label="Listens on"
      hint="host:port. 127.0.0.1 is this machine alone; 0.0.0.0 is every network it is in." />
    <${Words} place=${["web", "hosts"]} label="Further names"
      hint="Under which browsers reach it, with commas between. Addresses in figures always work." />
    <${Figure} place=${["web", "max_upload_mb"]} label="Largest upload (MB)" />
  <//>
  <${Group} title="Off for good">
    <${Switch} place=${["web", "enabled"]} label="The page is switched on" fallback=${true}
      hint="Switched off, it can be switched on again in the file alone." />
  <//>`;
