// What everyone and what the bot may do in a channel.

import { announce } from "./announce.js";
import { el, refill } from "./dom.js";
import { ask } from "./requests.js";
import { state } from "./state.js";

export class Permissions {
  constructor() {
    this.id = "permissions";
    this.name = "Permissions";
    this.node = el("div");
    this.channel = null;
    this.said = el("div", { class: "message-error", role: "alert" });
  }

  opened() {
    this.channel = state.channel.parent_id ?? state.channel.id;
    this.show();
  }

  /** Show them as they are now; the focus stays where it is. */
  show() {
    const { permissions } = state;
    const shown = permissions.find(({ channel }) => channel === this.channel) ?? permissions[0];
    if (!shown || this.node.hidden) return;
    this.channel = shown.channel;
    const choose = el("select", { id: "permissions-of", "aria-label": "Channel", onchange: (event) => {
      this.channel = event.target.value;
      this.show();
    } }, permissions.map(({ channel, name }) => el("option", { value: channel, selected: channel === this.channel }, `#${name}`)));
    const head = ["In this channel", "Everyone", state.bot.username].map((text) => el("th", { scope: "col" }, text));
    const rows = Object.keys(shown.everyone).map((name) => el("tr", {},
      el("th", { scope: "row" }, worded(name)), this.#cell(shown, "everyone", name), this.#cell(shown, "bot", name)));
    refill(this.node, choose, el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)), this.said);
  }

  #cell(shown, who, permission) {
    const label = `${who === "bot" ? state.bot.username : "Everyone"}: ${worded(permission)}`;
    return el("td", {}, el("input", {
      type: "checkbox", role: "switch", class: "switch", id: `may-${who}-${permission}`, "aria-label": label, checked: shown[who][permission],
      onchange: (event) => this.#set({ channel: shown.channel, who, permission, allow: event.target.checked }, label),
    }));
  }

  async #set(change, label) {
    const { error } = await ask("permissions", change);
    this.said.textContent = error ?? "";
    if (error) this.show();
    else announce(`${label}: ${change.allow ? "allowed" : "denied"}.`);
  }
}

function worded(name) {
  const text = name.replaceAll("_", " ");
  return text[0].toUpperCase() + text.slice(1);
}
