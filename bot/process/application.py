"""Facts about the bot's application, as the developer portal has it."""

import discord


def may_read_content(application: discord.AppInfo | None) -> bool:
    """Return whether the portal allows Message Content: Discord closes on who only asks for it."""
    if application is None:
        return False
    flags = application.flags
    return flags.gateway_message_content or flags.gateway_message_content_limited


def installs_of(app: discord.AppInfo | None) -> list[int]:
    """Return the kinds of installation that the portal allows, or none if they are not known."""
    configs = (app.guild_integration_config, app.user_integration_config) if app else ()
    return [kind for kind, config in enumerate(configs) if config is not None]


def owners_of(application: discord.AppInfo | None) -> set[int]:
    """Return the owners of an application: a team's admins and developers, or one person."""
    if application is None:
        return set()
    team = application.team
    if team is None:
        return {application.owner.id}
    roles = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
    accepted = discord.TeamMembershipState.accepted
    members = [m.id for m in team.members if m.role in roles and m.membership_state is accepted]
    return {*members, *filter(None, [team.owner_id])}
