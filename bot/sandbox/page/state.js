// What the page knows, and what can be looked up in it.

import { displayName } from "./messages.js";
import { format } from "./times.js";

export const DM = 1;
export const TEXT_CHANNELS = [0, 5];
const THREADS = [10, 11, 12];

export const ADD_REACTIONS = 1n << 6n;
const SEND_MESSAGES = 1n << 11n;
export const MANAGE_MESSAGES = 1n << 13n;
export const CREATE_PUBLIC_THREADS = 1n << 35n;
const SEND_MESSAGES_IN_THREADS = 1n << 38n;

export const state = {
  me: null, bot: null, people: [], guilds: [], channels: new Map(), messages: new Map(), commands: {}, permissions: [], channel: null,
};

export function setPlaces({ me, bot, people, guilds, channels, commands, permissions = [] }) {
  Object.assign(state, { me, bot, people, guilds, commands, permissions, channels: new Map(channels.map((channel) => [channel.id, channel])) });
}

/** Return true if the person may do something in this channel; in direct messages as `ifDirect`. */
export function may(permission, ifDirect = true) {
  const { permissions } = state.channel;
  if (state.channel.type === DM || permissions === undefined) return ifDirect;
  return (BigInt(permissions) & permission) !== 0n;
}

export function mayWrite() {
  return may(isThread(state.channel) ? SEND_MESSAGES_IN_THREADS : SEND_MESSAGES);
}

/** Return why the person may not write in this channel, or an empty text if they may. */
export function refusal() {
  if (mayWrite()) return "";
  const self = guildOf(state.channel).members.find(({ user }) => user.id === state.me.id);
  const until = self?.communication_disabled_until;
  return until ? `You are timed out until ${format(new Date(until), "f")}.` : "You do not have permission to send messages in this channel.";
}

export function messagesOf(channelId) {
  if (!state.messages.has(channelId)) state.messages.set(channelId, new Map());
  return state.messages.get(channelId);
}

export function commandsHere() {
  return state.commands[state.channel?.id] ?? [];
}

export function isThread(channel) {
  return THREADS.includes(channel?.type);
}

export function threadsOf(channelId) {
  return [...state.channels.values()].filter((channel) => isThread(channel) && channel.parent_id === channelId);
}

function member(id) {
  return state.guilds.flatMap((guild) => guild.members).find(({ user }) => user.id === id);
}

export function guildOf(channel) {
  return state.guilds.find((guild) => guild.id === channel?.guild_id) ?? { members: [], roles: [], channels: [] };
}

export const names = {
  member: (id) => member(id)?.nick ?? null,
  user: (id) => {
    const user = member(id)?.user;
    return user ? displayName(user, names) : "unknown-user";
  },
  role: (id) => state.guilds.flatMap((guild) => guild.roles).find((role) => role.id === id)?.name ?? "deleted-role",
  channel: (id) => state.channels.get(id)?.name ?? "unknown",
  thread: (id) => state.channels.has(id) ? { id, name: names.channel(id), count: messagesOf(id).size } : null,
  all: (kind) => listed[kind](),
  isMe: (ids) => ids.includes(state.me.id),
  isForMe: (message) => message.author.id !== state.me.id
    && (message.mention_everyone || message.mentions?.some((user) => user.id === state.me.id)
      || message.mention_roles?.some((id) => member(state.me.id)?.roles.includes(id)) || false),
};
const listed = {
  users: () => guildOf(state.channel).members.map(({ user }) => ({ value: user.id, label: displayName(user, names) })),
  roles: () => guildOf(state.channel).roles.map((role) => ({ value: role.id, label: role.name })),
  channels: () => guildOf(state.channel).channels.map((channel) => ({ value: channel.id, label: `#${channel.name}` })),
};

/** Return all that can be mentioned here. */
export function mentionable() {
  const guild = guildOf(state.channel);
  const people = guild.members.length ? guild.members.map(({ user }) => user) : state.channel.recipients ?? [];
  return [
    ...people.map((user) => ({ sign: "@", label: displayName(user, names), token: `<@${user.id}>`, note: user.username, isBot: user.bot })),
    ...guild.roles.filter((role) => role.name !== "@everyone").map((role) => ({ sign: "@", label: role.name, token: `<@&${role.id}>`, note: "role" })),
    ...["everyone", "here"].filter(() => guild.roles.length).map((label) => ({ sign: "@", label, token: `@${label}`, note: "notify all members" })),
    ...guild.channels.map((channel) => ({ sign: "#", label: channel.name, token: `<#${channel.id}>`, note: isThread(channel) ? "thread" : "" })),
  ];
}
