// The panel beside the messages: what went over the wire, faults to try, and permissions.

import { el } from "./dom.js";
import { icon } from "./icons.js";

const at = (id) => document.getElementById(id);

/** Each tool is `{id, name, node, opened(), closed()}`; only one is open at a time. */
export class Tools {
  constructor(tools) {
    this.tools = tools;
    this.open = null;
    this.tabs = tools.map((tool) => el("button", {
      type: "button", role: "tab", id: `tab-${tool.id}`, "aria-controls": tool.id, onclick: () => this.#choose(tool),
    }, tool.name));
    for (const { id, node } of tools) {
      node.id = id;
      node.classList.add("tool");
      node.setAttribute("role", "tabpanel");
      node.setAttribute("aria-labelledby", `tab-${id}`);
    }
    const list = el("div", { class: "tabs", role: "tablist", "aria-label": "Tools", onkeydown: (event) => this.#key(event) }, this.tabs);
    const close = el("button", { type: "button", class: "as-icon", "aria-label": "Close the tools", title: "Close the tools", onclick: () => this.close() }, icon("close"));
    at("tools").replaceChildren(el("div", { class: "tools-head" }, list, close), ...tools.map(({ node }) => node));
    at("tools").addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      this.close();
    });
    at("tools-button").addEventListener("click", () => this.open ? this.close() : this.show());
  }

  show() {
    this.#choose(this.tools[0]);
    this.tabs[0].focus();
  }

  /** Close the panel; return false if it was closed. */
  close() {
    if (!this.open) return false;
    this.#choose(null);
    at("tools-button").focus();
    return true;
  }

  #choose(tool) {
    this.open?.closed?.();
    this.open = tool;
    at("app").classList.toggle("tools-open", Boolean(tool));
    at("tools").hidden = !tool;
    at("tools-button").setAttribute("aria-expanded", String(Boolean(tool)));
    this.tools.forEach((one, index) => {
      one.node.hidden = one !== tool;
      this.tabs[index].setAttribute("aria-selected", String(one === tool));
      this.tabs[index].tabIndex = one === tool ? 0 : -1;
    });
    tool?.opened?.();
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = (this.tools.indexOf(this.open) + step + this.tools.length) % this.tools.length;
    this.#choose(this.tools[index]);
    this.tabs[index].focus();
  }
}
