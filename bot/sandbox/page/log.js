// The messages on the screen, and where they are scrolled to.

import { el } from "./dom.js";
import { MessageView, continues } from "./messages.js";

const STUCK_PX = 120;
const at = (id) => document.getElementById(id);

/** The views of one channel's messages, by id. */
export class Log {
  constructor({ actions, names }) {
    this.actions = actions;
    this.names = names;
    this.views = new Map();
    this.isAtEnd = true;
    this.#follow();
    at("log").addEventListener("keydown", (event) => this.#walk(event));
  }

  /** Show another channel's messages below how it begins. */
  begin(start, messages) {
    this.views = new Map();
    at("messages").replaceChildren(start);
    for (const message of messages) this.append(message);
    this.isAtEnd = true;
    at("jump").hidden = true;
    this.toEnd();
  }

  append(message) {
    const view = new MessageView(message, this.actions, this.names);
    const before = [...this.views.values()].at(-1)?.message;
    view.node.classList.toggle("compact", continues(message, before));
    this.views.set(message.id, view);
    at("messages").append(view.node);
  }

  put(message) {
    if (this.views.has(message.id)) this.views.get(message.id).update(message);
    else this.append(message);
  }

  drop(id) {
    this.views.get(id)?.node.remove();
    this.views.delete(id);
    let before = null;
    for (const view of this.views.values()) {
      view.node.classList.toggle("compact", continues(view.message, before));
      before = view.message;
    }
  }

  /** Show again what messages say of threads, or of a message that is gone. */
  refresh() {
    for (const view of this.views.values()) view.update(view.received);
  }

  viewOf(node) {
    return this.views.get(node.dataset.id);
  }

  reveal(id) {
    const { node } = this.views.get(id);
    this.isAtEnd = false;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.remove("found");
    requestAnimationFrame(() => node.classList.add("found"));
  }

  toEnd() {
    at("log").scrollTop = at("log").scrollHeight;
  }

  // The arrow keys go from message to message.
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isHere = event.target === at("log") || event.target.matches("article");
    if (!step || !isHere) return;
    const nodes = [...at("messages").querySelectorAll("article")];
    const now = nodes.indexOf(event.target);
    const next = now < 0 ? nodes.at(-1) : nodes[now + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  // The log stays at the newest message until the person scrolls up.
  #follow() {
    const log = at("log");
    let size = "";
    const sizeNow = () => `${log.scrollHeight} ${log.clientHeight}`;
    log.addEventListener("scroll", () => {
      // A change of size scrolls too, before the observer below runs: ignore it.
      if (sizeNow() !== size) return;
      this.isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < STUCK_PX;
      at("jump").hidden = this.isAtEnd;
    });
    at("jump").addEventListener("click", () => this.toEnd());
    const resized = new ResizeObserver(() => {
      size = sizeNow();
      if (this.isAtEnd) this.toEnd();
    });
    resized.observe(log);
    resized.observe(at("messages"));
  }
}

/** Return how a channel begins. */
export function beginning(label, isThread, isDirect) {
  const hint = isDirect ? ["Write anything: ", el("b", {}, label), " reads what you send here. Type ", el("kbd", {}, "/"), " for commands."]
    : isThread ? ["This is the start of the thread."]
      : ["Mention the bot with ", el("kbd", {}, "@"), " to talk with it, or type ", el("kbd", {}, "/"), " to see what else it can do."];
  return el("div", { class: "beginning" }, el("h2", {}, isThread ? label : `Welcome to ${label}`), el("p", {}, hint));
}
