// Text fields with suggestions: an option's choices, or the bot's autocomplete.

import { el, mark } from "./dom.js";

let count = 0;

/** A text input with a list of `{name, value}`. Its value is the choice, or else the text. */
export class SuggestingField {
  /** `suggest(text)` returns a promise of choices; a `strict` field accepts only a choice. */
  constructor({ suggest, strict = false, input }) {
    this.suggest = suggest;
    this.strict = strict;
    this.input = input;
    this.choices = [];
    this.active = -1;
    this.chosen = null;
    this.asked = 0;
    this.list = el("div", { class: "popup suggestions", role: "listbox", id: `suggestions-${++count}`, hidden: true });
    this.node = el("span", { class: "suggesting" }, input, this.list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.list.id);
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("focus", () => this.ask(0));
    input.addEventListener("input", () => { this.chosen = null; this.#narrow(); this.ask(150); });
    input.addEventListener("blur", () => this.#leave());
  }

  get value() {
    if (this.chosen) return this.chosen.value;
    const typed = this.input.value.trim();
    const same = this.choices.find((choice) => choice.name.toLowerCase() === typed.toLowerCase());
    if (same) return same.value;
    return this.strict || !typed ? null : typed;
  }

  get isWrong() {
    return this.strict && this.input.value.trim() !== "" && this.value === null;
  }

  async ask(delayMs) {
    const ticket = ++this.asked;
    if (delayMs) await new Promise((resolve) => { setTimeout(resolve, delayMs); });
    if (ticket !== this.asked) return;
    const answer = this.suggest(this.chosen ? "" : this.input.value);
    const waiting = setTimeout(() => ticket === this.asked && this.#say("Loading options…"), 200);
    const choices = await answer;
    clearTimeout(waiting);
    if (ticket !== this.asked || document.activeElement !== this.input) return;
    if (choices === null) this.#say("Loading options failed");
    else this.#show(choices);
  }

  /** Handle a key; return true if the list used it. */
  key(event) {
    if (this.list.hidden || !this.choices.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.#mark((this.active + step + this.choices.length) % this.choices.length);
      return true;
    }
    if ((event.key === "Enter" || event.key === "Tab") && this.active >= 0) {
      this.#choose(this.choices[this.active]);
      // Choosing moves the focus to the next required field; Tab must not move it again.
      return event.key === "Enter" || document.activeElement !== this.input;
    }
    if (event.key === "Escape") {
      this.close();
      return true;
    }
    return false;
  }

  close() {
    this.asked += 1;
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  // Until the new choices arrive, show those of the old ones that still match.
  #narrow() {
    const typed = this.input.value.toLowerCase();
    const fitting = this.choices.filter((choice) => choice.name.toLowerCase().includes(typed));
    if (!this.list.hidden && fitting.length) this.#show(fitting);
  }

  #leave() {
    this.close();
    this.input.classList.toggle("wrong", this.isWrong);
  }

  #say(text) {
    this.choices = [];
    this.active = -1;
    this.list.replaceChildren(el("div", { class: "hint" }, text));
    this.#open();
  }

  #show(choices) {
    this.choices = choices;
    if (!choices.length) {
      this.#say("No options match your search.");
      return;
    }
    this.list.replaceChildren(...choices.map((choice, index) => el("div", {
      class: "option", role: "option", id: `${this.list.id}-${index}`,
      onmousedown: (event) => { event.preventDefault(); this.#choose(choice); },
    }, choice.name)));
    this.#open();
    this.input.setAttribute("aria-expanded", "true");
    this.#mark(this.input.value && !this.chosen ? 0 : -1);
  }

  // The list may be wider than its field, but not than what holds it.
  #open() {
    this.list.hidden = false;
    this.list.style.left = "";
    const { right } = (this.node.closest("form") ?? document.body).getBoundingClientRect();
    const over = this.list.getBoundingClientRect().right - right;
    if (over > 0) this.list.style.left = `${-over}px`;
  }

  #mark(index) {
    this.active = index;
    mark(this.list, this.input, index);
  }

  #choose(choice) {
    this.chosen = choice;
    this.input.value = choice.name;
    this.input.classList.remove("wrong");
    this.close();
    this.input.dispatchEvent(new Event("chosen"));
  }
}
