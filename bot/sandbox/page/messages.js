// A message: author, text, files, embeds and components.

import { announce } from "./announce.js";
import { componentNode, embedNode, fileNode } from "./components.js";
import { disable, el, isDisabled } from "./dom.js";
import { render, renderLine } from "./markdown.js";
import { timeNode } from "./times.js";

export const CONTROLS = "button, a[href], select, input, textarea, [role=button]";
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const REPLY = 19;
const RENAMED = 4;
const THREAD_STARTED = 18;
const THREAD_STARTER = 21;
const FORWARDED = 1;
const GROUP_MS = 7 * 60 * 1000;
const BOT_HUE = "#5865f2";
const HUES = ["#2d7d46", "#96590a", "#ad1457", "#206694", "#71368a"];

export function displayName(user, names) {
  return names.member(user.id) ?? user.global_name ?? user.username;
}

export function avatar(user, name) {
  const hue = user.bot ? BOT_HUE : HUES[Number(BigInt(user.id) % BigInt(HUES.length))];
  const face = el("div", { class: "avatar", "aria-hidden": "true" }, [...name][0]?.toUpperCase() ?? "?");
  face.style.backgroundColor = hue;
  return face;
}

/** Return the message as it is shown: the first one of a thread is that at which it began. */
function unwrapped(message) {
  if (message.type !== THREAD_STARTER) return message;
  const original = message.referenced_message;
  if (!original) return { ...message, content: "*The message at which this thread began was deleted.*" };
  const { author, content, attachments, embeds, timestamp } = original;
  return { ...message, author, content, attachments, embeds, timestamp, referenced_message: null };
}

/** Return true if message follows `before` without a line for its author. */
export function continues(message, before) {
  if (!before || before.author.id !== message.author.id) return false;
  if (message.interaction_metadata || message.message_reference || message.type === RENAMED) return false;
  if ((before.flags & EPHEMERAL) !== (message.flags & EPHEMERAL)) return false;
  return new Date(message.timestamp) - new Date(before.timestamp) < GROUP_MS;
}

/** Return what a message says itself: the bot's answers begin by quoting the question. */
function said({ author, content }) {
  const own = author.bot ? content.replace(/^(?:> .*\n)+/, "") : content;
  return own.trim() ? own : content;
}

function controlsIn(part) {
  return [...part.querySelectorAll(CONTROLS)];
}

/** The element of a message; `update` replaces only what has changed and keeps the focus. */
export class MessageView {
  constructor(message, actions, names) {
    this.actions = actions;
    this.names = names;
    this.parts = {};
    this.shown = {};
    for (const part of ["origin", "head", "body", "forward", "files", "embeds", "components", "reactions", "thread", "error", "note"]) {
      this.parts[part] = el("div", { class: `message-${part}` });
    }
    const { origin, head, body, ...rest } = this.parts;
    head.id = `head-${message.id}`;
    body.id = `body-${message.id}`;
    this.face = el("div", { class: "message-face" });
    this.use = {
      click: (node, part) => this.#act(node, () => actions.click(this.message, part)),
      choose: (node, part, values) => this.#act(node, () => actions.select(this.message, part, values)),
    };
    this.node = el("article", { class: "message", tabindex: "-1", "aria-labelledby": `${head.id} ${body.id}`, dataset: { id: message.id } },
      origin, this.face, el("div", { class: "message-main" }, head, body, Object.values(rest)));
    this.update(message);
  }

  update(received) {
    this.received = received;
    const message = this.message = unwrapped(received);
    const loading = Boolean(message.flags & LOADING);
    this.node.classList.toggle("ephemeral", Boolean(message.flags & EPHEMERAL));
    this.node.classList.toggle("loading", loading);
    this.node.setAttribute("aria-busy", String(loading));
    this.#part("origin", [message.interaction_metadata, message.referenced_message], () => this.#origin());
    this.#part("head", message.author, () => this.#head());
    this.#part("body", [message.content, loading, message.edited_timestamp && true, this.#places()], () => this.#body(loading));
    this.#part("forward", message.message_snapshots, () => this.#forward());
    this.#part("files", message.attachments, () => message.attachments.map(fileNode));
    this.#part("embeds", message.embeds, () => message.embeds.map((one) => embedNode(one, this.names)));
    this.#part("components", message.components, () => message.components.map((one) => componentNode(one, this.names, this.use)));
    this.#part("reactions", message.reactors, () => Object.entries(message.reactors ?? {}).map((one) => this.#reaction(one)));
    this.#part("thread", message.thread && this.names.thread(message.thread.id), () => this.#thread());
    this.node.classList.toggle("for-me", this.names.isForMe(message));
    if (message.error) this.fail(message.error);
    this.#part("note", message.flags & EPHEMERAL, () => this.#note());
  }

  /** Show and say an error below the message; null removes it. */
  fail(text) {
    this.parts.error.replaceChildren(text ?? "");
    if (text && !this.message.isNotice) announce(text);
  }

  /** Return the names of the channels in the text, which may change. */
  #places() {
    return [...this.message.content.matchAll(/<#(\d+)>/g)].map(([, id]) => this.names.channel(id));
  }

  #part(name, data, build) {
    const now = JSON.stringify(data ?? null);
    if (this.shown[name] === now) return;
    this.shown[name] = now;
    const part = this.parts[name];
    const at = controlsIn(part).indexOf(document.activeElement);
    const held = part.contains(document.activeElement) ? document.activeElement.dataset : null;
    part.replaceChildren(...build());
    if (held) this.#focus(controlsIn(part), held, at);
  }

  // What had the focus was replaced: give it to what stands for it now, or to the message. What has
  // no name of its own, such as a link in an answer that grows, is found by its place.
  #focus(controls, { customId, emoji }, at) {
    const same = controls.find(({ dataset }, index) => customId ? dataset.customId === customId
      : emoji ? dataset.emoji === emoji : index === at && !dataset.customId);
    (same && !same.disabled ? same : this.node).focus({ preventScroll: true });
  }

  #origin() {
    const { interaction_metadata: used, referenced_message: replied, type } = this.message;
    if (used?.name && type !== REPLY) {
      const command = used.command_type === 1 ? `/${used.name}` : used.name;
      return [el("b", {}, displayName(used.user, this.names)), " used ", el("span", { class: "mention" }, command)];
    }
    if (replied) {
      const text = replied.content ? renderLine(said(replied), this.names) : ["an attachment"];
      const jump = () => this.names.open(replied.channel_id, replied.id);
      return [el("button", { type: "button", class: "replied", onclick: jump },
        "↱ ", el("b", {}, displayName(replied.author, this.names)), " ", ...text)];
    }
    if (type === REPLY && replied === null) return ["↱ The original message was deleted."];
    return [];
  }

  #head() {
    const { author, timestamp } = this.message;
    const name = displayName(author, this.names);
    this.face.replaceChildren(avatar(author, name));
    return [
      el("span", { class: author.bot ? "author bot" : "author" }, name),
      author.bot ? el("span", { class: "badge" }, "APP") : "",
      timeNode(new Date(timestamp), "sent"),
    ];
  }

  #body(loading) {
    if (loading) {
      const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
      return [el("div", { class: "thinking" }, dots, `${displayName(this.message.author, this.names)} is thinking…`)];
    }
    if (this.message.type === RENAMED) return [el("span", { class: "system" }, `renamed the thread: ${this.message.content}`)];
    if (this.message.type === THREAD_STARTED) return [el("span", { class: "system" }, "started a thread")];
    const nodes = [...render(this.message.content, this.names), ...this.#extras()];
    if (this.message.content && this.message.edited_timestamp) {
      const last = nodes.at(-1);
      const mark = el("span", { class: "edited" }, "(edited)");
      if (last?.tagName === "DIV") last.append(" ", mark);
      else nodes.push(mark);
    }
    return nodes;
  }

  #extras() {
    const { sticker_items: stickers = [], poll } = this.message;
    const answers = (poll?.answers ?? []).map((answer) => el("li", {}, answer.poll_media.text));
    return [
      ...stickers.map((sticker) => el("div", { class: "subtext" }, `Sticker: ${sticker.name}`)),
      ...(poll ? [el("div", { class: "container" }, el("b", {}, poll.question.text), el("ul", {}, answers))] : []),
    ];
  }

  #forward() {
    if (this.message.message_reference?.type !== FORWARDED) return [];
    return (this.message.message_snapshots ?? []).map(({ message }) => el("blockquote", {},
      el("div", { class: "subtext" }, "Forwarded"), render(message.content, this.names), message.attachments.map(fileNode)));
  }

  #thread() {
    const thread = this.names.thread(this.message.thread?.id);
    if (!thread) return [];
    const count = thread.count === 1 ? "1 message" : `${thread.count} messages`;
    return [el("button", { type: "button", class: "thread-link", onclick: () => this.names.show(thread.id) },
      el("b", {}, thread.name), el("span", {}, `${count} ›`))];
  }

  #reaction([emoji, ids]) {
    const isMine = this.names.isMe(ids);
    const [name] = emoji.split(":");
    const who = ids.map((id) => this.names.user(id)).join(", ");
    return el("button", {
      type: "button", class: "reaction", "aria-pressed": String(isMine), "aria-label": `${name}, by ${who}`, title: who,
      dataset: { emoji }, onclick: (event) => this.#act(event.currentTarget, () => this.actions.react(this.message, emoji, !isMine)),
    }, `${name} ${ids.length}`);
  }

  #note() {
    if (!(this.message.flags & EPHEMERAL)) return [];
    const dismiss = el("button", { type: "button", class: "as-link", onclick: () => this.actions.dismiss(this) }, "Dismiss message");
    return ["Only you can see this · ", dismiss];
  }

  async #act(node, act) {
    if (isDisabled(node)) return;
    this.fail(null);
    node.classList.add("busy");
    disable(node, true);
    const error = await act();
    node.classList.remove("busy");
    disable(node, false);
    if (error) this.fail(error);
  }
}

