// The lists beside the messages: channels and their threads, and members.

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { avatar, displayName } from "./messages.js";
import { DM, TEXT_CHANNELS, guildOf, isThread, names, state, threadsOf } from "./state.js";

const ROLES = { owner: "owner", moderator: "moderator", member: "member", muted: "muted" };
const at = (id) => document.getElementById(id);

export function labelOf(channel) {
  return channel.type === DM ? `@${channel.name}` : isThread(channel) ? channel.name : `#${channel.name}`;
}

/** Return the channel with this id or this name. */
export function channelNamed(text) {
  return state.channels.get(text) ?? [...state.channels.values()].find((channel) => channel.name === text && !isThread(channel));
}

const unread = new Set();

export function setUnread(channelId, isUnread) {
  if (isUnread) unread.add(channelId);
  else unread.delete(channelId);
  const link = at(`channel-${channelId}`);
  link?.classList.toggle("unread", isUnread);
  if (isUnread) link?.setAttribute("aria-label", `${names.channel(channelId)}, unread`);
  else link?.removeAttribute("aria-label");
  // On a phone the list is hidden, and so is a direct message of the bot's.
  at("menu-button").classList.toggle("unread", unread.size > 0);
  at("menu-button").setAttribute("aria-label", unread.size ? "Channels, some unread" : "Channels");
}

/** List the channels; `show(channel)` opens one. */
export function showChannels(show) {
  const link = (channel) => channelLink(channel, show);
  const groups = state.guilds.map((guild) => group(guild.name, guild.channels
    .filter((channel) => TEXT_CHANNELS.includes(channel.type))
    .flatMap((channel) => [channel, ...threadsOf(channel.id).filter(isListed)]).map(link)));
  const direct = [...state.channels.values()].filter((channel) => channel.type === DM);
  refill(at("channels"), ...groups, ...(direct.length ? [group("Direct messages", direct.map(link))] : []));
  for (const id of unread) setUnread(id, true);
  at(`channel-${state.channel?.id}`)?.setAttribute("aria-current", "page");
}

function isListed(thread) {
  return !thread.thread_metadata.archived || thread.id === state.channel?.id;
}

function group(name, links) {
  return el("section", {}, el("h2", {}, name), links);
}

function channelLink(channel, show) {
  const sign = isThread(channel) ? icon("thread") : channel.type === DM ? "@" : "#";
  return el("button", {
    type: "button", class: isThread(channel) ? "channel thread" : "channel", id: `channel-${channel.id}`,
    onclick: () => show(channel),
  }, el("span", { class: "sign", "aria-hidden": "true" }, sign), el("span", { class: "channel-label" }, channel.name));
}

/** List who is here; `mention(user)` writes to one and `become(user)` acts as one. */
export function showMembers({ mention, become }) {
  const { recipients } = state.channel;
  const members = state.channel.type === DM ? recipients.map((user) => ({ user })) : guildOf(state.channel).members;
  refill(at("members"), el("h2", {}, `Members – ${members.length}`), ...members.map(({ user, nick }) => {
    const name = nick ?? displayName(user, names);
    const person = state.people.find(({ id }) => id === user.id);
    const act = person && user.id !== state.me.id ? [{ label: `Act as ${name}`, icon: "person", act: () => become(person) }] : [];
    const items = [{ label: `Mention ${name}`, icon: "at", act: () => mention(user) }, ...act];
    return el("button", { type: "button", class: "member", id: `member-${user.id}`, "aria-haspopup": "menu", onclick: (event) => {
      const { left, bottom } = event.currentTarget.getBoundingClientRect();
      openMenu(items, { x: left, y: bottom }, name);
    } }, avatar(user, name), el("span", { class: user.bot ? "author bot" : "author" }, name),
    user.bot ? el("span", { class: "badge" }, "APP") : "", el("span", { class: "subtext" }, user.id === state.me.id ? "you" : ROLES[person?.role] ?? ""));
  }));
}

/** Show as whom the page acts, and offer to act as others. */
export function showMe({ me, people }, become) {
  const name = (user) => displayName(user, names);
  const role = ROLES[people.find(({ id }) => id === me.id)?.role] ?? "";
  const items = () => people.map((user) => ({
    label: name(user), note: [...new Set([ROLES[user.role], ...(user.roles ?? [])])].filter(Boolean).join(", "),
    isChecked: user.id === me.id, act: () => become(user),
  }));
  at("me").replaceChildren(avatar(me, name(me)), el("span", { class: "me-name" }, name(me), el("span", { class: "subtext" }, role)), el("span", { class: "subtext" }, "Act as…"));
  at("me").onclick = () => openMenu(items(), { x: 8, y: innerHeight }, "Act as another person");
}

/** Show where the person is, and the threads there. */
export function showHeader({ show, begin, close }) {
  const { channel } = state;
  const parent = isThread(channel) ? state.channels.get(channel.parent_id) : null;
  document.title = `${labelOf(channel)} · Sandbox`;
  const way = parent ? [el("button", { type: "button", class: "as-link parent", id: "parent", onclick: () => show(parent) }, `#${parent.name}`), el("span", { class: "sign" }, " › ")] : [];
  refill(at("channel-name"), ...way, labelOf(channel));
  const isClosed = channel.thread_metadata?.archived;
  at("channel-topic").textContent = isClosed ? "This thread is closed. A new message opens it again." : channel.topic ?? "";
  at("threads").hidden = channel.type === DM;
  at("threads").onclick = (event) => {
    const { left, bottom } = event.currentTarget.getBoundingClientRect();
    openMenu(threadItems(parent ?? channel, { show, begin, close }), { x: left - 180, y: bottom + 8 }, "Threads");
  };
}

function threadItems(parent, { show, begin, close }) {
  const note = (thread) => thread.thread_metadata.archived ? `${thread.name} (closed)` : thread.name;
  const threads = threadsOf(parent.id).map((thread) => ({ label: note(thread), icon: "thread", act: () => show(thread) }));
  const isOpen = isThread(state.channel) && !state.channel.thread_metadata.archived;
  return [
    ...threads, ...(threads.length ? [null] : []),
    { label: `New thread in #${parent.name}`, icon: "plus", act: () => begin(parent) },
    ...(isOpen ? [{ label: "Close this thread", icon: "close", act: () => close(state.channel) }] : []),
  ];
}
