// What can be done with a message: the toolbar above it and its menu.

import { openEditor } from "./editor.js";
import { quickEmoji } from "./emoji.js";
import { displayName } from "./messages.js";
import { openEmoji } from "./menu.js";
import { labelOf } from "./places.js";
import { ADD_REACTIONS, CREATE_PUBLIC_THREADS, MANAGE_MESSAGES, commandsHere, may, mayWrite, names, state } from "./state.js";

const MESSAGE_COMMAND = 3;
const EPHEMERAL = 1 << 6;
const PLAIN = [0, 19, 20, 23];
const GUILD_TEXT = [0, 5];
const THREAD_NAME_LIMIT = 100;

export function isMine(message) {
  return message.author.id === state.me.id && PLAIN.includes(message.type);
}

/** `act(what, body)` sends a request and `dialog(modal, submit, look)` shows a modal;
 *  `opened(thread)` is told the id of a new thread. */
export class MessageActions {
  constructor({ act, dialog, composer, mentions, opened }) {
    Object.assign(this, { act, dialog, composer, mentions, opened });
  }

  /** Return `{quick, all}`: what the toolbar and what the menu offers. */
  of(view) {
    const { message } = view;
    if (message.isNotice || message.flags & EPHEMERAL || !PLAIN.includes(message.type)) return { quick: [], all: [] };
    const canReact = may(ADD_REACTIONS);
    const react = (emoji) => this.react(view, emoji);
    const more = canReact ? [{ label: "Add a reaction", icon: "smile", opens: "menu", act: () => openEmoji(this.#beside(view), react) }] : [];
    const reply = mayWrite() ? [{ label: "Reply to this message", icon: "reply", act: () => this.#reply(message) }] : [];
    const change = isMine(message) ? [{ label: "Edit message", icon: "edit", act: () => this.edit(view) }] : [];
    const canBegin = GUILD_TEXT.includes(state.channel.type) && !message.thread && may(CREATE_PUBLIC_THREADS);
    const thread = canBegin ? [{ label: "Create thread", icon: "thread", act: () => this.beginThread({ message: message.id }) }] : [];
    return {
      quick: [...more, ...reply, ...change, ...thread],
      all: [
        ...(canReact ? [{ emoji: quickEmoji(), act: react }, ...more] : []), ...reply,
        { label: "Forward", icon: "forward", act: () => this.#forward(message) }, ...change, ...thread,
        ...this.#rest(view),
      ],
    };
  }

  #rest(view) {
    const { message } = view;
    const apps = commandsHere().filter((command) => command.type === MESSAGE_COMMAND)
      .map((command) => ({ label: command.name, icon: "app", act: () => this.#use(view, command) }));
    const copy = message.content ? [{ label: "Copy text", icon: "copy", act: () => navigator.clipboard.writeText(message.content) }] : [];
    const canDelete = isMine(message) || may(MANAGE_MESSAGES, false);
    const remove = canDelete ? [null, { label: "Delete message", icon: "trash", isDanger: true, act: () => this.#remove(message) }] : [];
    return [...copy, ...(apps.length ? [null, ...apps] : []), ...remove];
  }

  #beside(view) {
    const { right, top } = view.node.getBoundingClientRect();
    return { x: right - 260, y: top + 24 };
  }

  async react(view, emoji) {
    const isMine = names.isMe(view.message.reactors?.[emoji] ?? []);
    view.fail(await this.act("react", { message: view.message.id, emoji, on: !isMine }));
  }

  #reply(message) {
    const canPing = message.author.id !== state.me.id && !message.interaction_metadata && !message.webhook_id;
    this.composer.replyTo(message, displayName(message.author, names), canPing);
  }

  edit(view) {
    const save = (text) => this.act("edit", { message: view.message.id, content: this.mentions.encode(text) });
    openEditor(view, this.mentions.decode(view.message.content), { mentions: this.mentions, save, done: () => this.composer.focus() });
  }

  async #use(view, command) {
    view.fail(await this.act("context", { name: command.name, message: view.message.id }));
  }

  #remove(message) {
    const text = { type: 10, content: "Delete this message? This cannot be undone." };
    this.dialog({ title: "Delete message", components: [text] }, () => this.act("delete", { message: message.id }), { button: "Delete", isDanger: true });
  }

  #forward(message) {
    const places = [...state.channels.values()].map((channel) => ({ label: labelOf(channel), value: channel.id }));
    const where = { type: 3, custom_id: "channel", placeholder: "Choose a channel", options: places };
    this.dialog({ title: "Forward to", components: [{ type: 18, label: "Channel", component: where }] },
      async ({ channel: [channel] }) => channel ? this.act("forward", { message: message.id, channel }) : "Choose a channel.", { button: "Forward" });
  }

  beginThread(place) {
    const name = { type: 4, custom_id: "name", style: 1, max_length: THREAD_NAME_LIMIT, placeholder: "New thread" };
    const begin = (values) => this.act("thread", { channel: state.channel.id, ...place, ...values }, this.opened);
    this.dialog({ title: "Create thread", components: [{ type: 18, label: "Thread name", component: name }] }, begin, { button: "Create" });
  }
}
