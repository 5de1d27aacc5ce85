// The wire log: what the bot sent and got, in Discord's API, its gateway and the model's server.

import { el, refill } from "./dom.js";
import { read } from "./requests.js";

const ASKED_EVERY_MS = 1000;
const KEPT = 500;
const SIDES = { all: "Everything", rest: "Discord's API", gateway: "Gateway", model: "Model" };
const LONG_ID = /\d{15,20}|\*{3}/g;
const STUCK_PX = 40;

export class Wire {
  constructor() {
    this.id = "wire";
    this.name = "Wire";
    this.last = 0;
    this.timer = null;
    this.list = el("ol", { class: "wire-list", tabindex: "0", "aria-label": "Requests and events" });
    this.empty = el("p", { class: "subtext" }, "Nothing yet. Ask something, and watch what the bot sends and gets.");
    const filter = el("select", { "aria-label": "Side", onchange: (event) => { this.list.dataset.side = event.target.value; } },
      Object.entries(SIDES).map(([value, label]) => el("option", { value }, label)));
    const clear = el("button", { type: "button", class: "button secondary small", onclick: () => { this.list.replaceChildren(); this.#count(); } }, "Clear");
    this.list.dataset.side = "all";
    this.folded = el("p", { class: "subtext", hidden: true });
    this.node = el("div", {}, el("div", { class: "wire-head" }, filter, clear), this.empty, this.folded, this.list);
  }

  opened() {
    this.#look();
    this.timer = setInterval(() => this.#look(), ASKED_EVERY_MS);
  }

  closed() {
    clearInterval(this.timer);
  }

  async #look() {
    const { entries = [], last } = await read(`wire?after=${this.last}`);
    if (last === undefined || last === this.last) return;
    const isAtEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < STUCK_PX;
    // Two looks may overlap.
    const fresh = entries.filter(({ id }) => id > this.last);
    this.last = Math.max(this.last, last);
    this.list.append(...fresh.map(row));
    while (this.list.children.length > KEPT) this.list.firstElementChild.remove();
    this.#count();
    if (isAtEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  // What is asked while a person types would hide the rest.
  #count() {
    this.empty.hidden = this.list.children.length > 0;
    const count = this.list.querySelectorAll("[data-autocomplete]").length;
    const isShown = this.list.classList.contains("with-autocomplete");
    this.folded.hidden = !count;
    const toggle = el("button", { type: "button", id: "autocomplete-shown", class: "as-link", onclick: () => {
      this.list.classList.toggle("with-autocomplete");
      this.#count();
    } }, isShown ? "Hide" : "Show");
    refill(this.folded, `${count} ${count === 1 ? "line" : "lines"} of autocomplete ${isShown ? "shown" : "hidden"}. `, toggle);
  }
}

function row({ at, side, from, title, of, is_autocomplete: isTyped, status, sent, got }) {
  const time = new Date(at).toLocaleTimeString(undefined, { hour12: false });
  const isBad = status !== null && status >= 400;
  const head = [
    el("time", { datetime: at }, time),
    el("span", { class: `wire-side ${side}` }, from === "bot" ? "→" : "←"),
    el("span", { class: "wire-title", title }, title.replace(LONG_ID, "…")),
    of ? el("span", { class: "wire-of" }, isTyped ? `${of} (autocomplete)` : of) : "",
    el("span", { class: isBad ? "wire-status bad" : "wire-status" }, status ?? ""),
  ];
  const texts = [["Sent", sent], ["Got", got]].filter(([, text]) => text);
  const body = texts.flatMap(([label, text]) => [el("h3", {}, label), el("pre", {}, text)]);
  const node = texts.length ? el("details", {}, el("summary", {}, head), body) : el("div", { class: "wire-line" }, head);
  return el("li", { dataset: isTyped ? { side, autocomplete: "" } : { side } }, node);
}
