// The faults that can be switched on, in the model's server and in Discord.

import { announce } from "./announce.js";
import { el } from "./dom.js";
import { ask, read } from "./requests.js";

const ASKED_EVERY_MS = 1000;
const GROUPS = { model: "The model's server", discord: "Discord" };

export class Faults {
  constructor() {
    this.id = "faults";
    this.name = "Faults";
    this.node = el("div");
    this.controls = new Map();
    this.timer = null;
  }

  /** Nothing tells when a fault that happens once was used up. */
  opened() {
    this.timer = setInterval(async () => {
      const { faults } = await read("faults");
      if (faults) this.show(faults);
    }, ASKED_EVERY_MS);
  }

  closed() {
    clearInterval(this.timer);
  }

  /** Show the faults as they are now. */
  show(faults) {
    if (faults.some(({ name }) => !this.controls.has(name))) this.#build(faults);
    for (const fault of faults) {
      const control = this.controls.get(fault.name);
      if (fault.is_once) control.setAttribute("aria-pressed", String(fault.on));
      else control.checked = fault.on;
    }
    const count = faults.filter(({ on }) => on).length;
    document.getElementById("faults-on").textContent = count ? String(count) : "";
    document.getElementById("faults-on").hidden = !count;
  }

  #build(faults) {
    this.controls.clear();
    const groups = Object.entries(GROUPS).map(([group, title]) => el("section", {}, el("h2", {}, title),
      faults.filter((fault) => fault.group === group).map((fault) => this.#row(fault))));
    this.said = el("div", { class: "message-error", role: "alert" });
    this.node.replaceChildren(
      el("p", { class: "subtext" }, "See what the bot does when the world around it fails. Ask something, then break it."), ...groups, this.said);
  }

  #row(fault) {
    const about = el("span", { class: "subtext", id: `about-${fault.name}` }, fault.about);
    const more = { "aria-describedby": about.id };
    const control = fault.is_once
      ? el("button", { type: "button", class: "button secondary small", "aria-label": fault.label, onclick: () => this.#set(fault, true), ...more }, "Once")
      : el("input", { type: "checkbox", role: "switch", class: "switch", "aria-label": fault.label, onchange: (event) => this.#set(fault, event.target.checked), ...more });
    this.controls.set(fault.name, control);
    return el("label", { class: "tool-row" }, el("span", { class: "tool-text" }, el("span", {}, fault.label), about), control);
  }

  async #set({ name, label, is_once: isOnce }, on) {
    const { error, faults } = await ask("faults", { name, on });
    this.said.textContent = error ?? "";
    if (faults) this.show(faults);
    if (!error) announce(isOnce ? `${label}: once.` : `${label}: ${on ? "on" : "off"}.`);
  }
}
