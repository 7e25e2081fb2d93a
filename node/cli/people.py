"""`ordito person`: the people of this node, each a User with its Actor."""

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from node.cli import departures, profiles
from node.cli.output import day, show, show_columns, show_json
from node.cli.running import run

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from node.context import Context
    from node.database import Transaction
    from node.database.tables import Actor, User


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the list, as scripts read it. `state`: waiting until she is let in, invited until she has come in,
    active, disabled, suspended. `request`: what she wrote to be let in."""

    name: str
    handle: str
    uri: str
    role: str
    state: str
    email: str | None
    request: str | None
    created_at: datetime
    active_at: datetime | None


@click.group()
def person() -> None:
    """The people of this node.

    \b
    Examples:
      ordito person add anna --email anna@ngo.example
      ordito person list
      ordito person token anna
      ordito person suspend troll@bad.example
    """


person.add_command(profiles.profile)
person.add_command(departures.suspend)
person.add_command(departures.unsuspend)
person.add_command(departures.move)
person.add_command(departures.delete)


@person.command()
@click.argument("name")
@click.option("--email", metavar="E", help="Where she is written to; nobody else sees it.")
@click.option("--password", metavar="P", help="Visible in the shell's history: --password-stdin is safer.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--role",
    type=click.Choice(["member", "facilitator", "moderator", "operator"]),
    default="member",
    show_default=True,
    help="What she may do on this node; each role includes those before it.",
)
@click.option(
    "--follows",
    type=click.Choice(["open", "approval"]),
    default="approval",
    show_default=True,
    help="Whether anybody may follow her, or each one needs her yes.",
)
def add(name: str, email: str | None, password: str | None, password_stdin: bool, role: str, follows: str) -> None:
    """Create the account NAME.

    Prints the address; without a password also, on a second line, a link that signs her in once within 24 hours.

    \b
    Examples:
      ordito person add anna --role facilitator
      pwgen 20 1 | ordito person add maria --password-stdin
    """
    if password is not None and password_stdin:
        raise click.UsageError("Give --password or --password-stdin, not both.")
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")

    async def work(context: "Context") -> tuple[str, str | None]:
        return await _add(context, name, email, password, role=role, approves=follows == "approval")

    handle, link = run(work)
    show(handle)
    if link is not None:
        show(link)


async def _add(
    context: "Context", name: str, email: str | None, password: str | None, *, role: str, approves: bool
) -> tuple[str, str | None]:
    """Her handle, and the link where she has no password."""
    import asyncio

    from node.services import addresses, passwords, users
    from node.services.newcomers import KeyPair

    person = users.NewPerson(name, email, role, approves)
    person.check()
    password_hash = await passwords.hashed(password) if password is not None else None
    pair = await asyncio.to_thread(KeyPair.generate)

    async def work(tx: "Transaction") -> tuple[str, str | None]:
        user, actor = await users.add(tx, person, pair, password_hash)
        link = None if password_hash else await users.sign_in_link(tx, user)
        return str(addresses.handle(tx, actor)), link

    return await context.run(work)


@person.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_people(as_json: bool) -> None:
    """All accounts of this node: name, role, state, and when they came.

    \b
    Example:
      ordito person list --json | jq -r '.[] | select(.role == "operator") | .name'
    """

    found = run(_all_people)
    if as_json:
        show_json(found)
    elif found:
        rows = [(p.name, p.role, p.state, day(p.created_at), day(p.active_at)) for p in found]
        show_columns([("NAME", "ROLE", "STATE", "SINCE", "LAST SEEN"), *rows])
    else:
        show("Nobody yet: `ordito person add NAME` creates an account.")


async def _all_people(context: "Context") -> list[Person]:
    from node.queries import users as user_rows

    async with context.database.reading(context.now()) as tx:
        return [
            Person(
                name=actor.username,
                handle=f"{actor.username}@{tx.settings.host}",
                uri=actor.uri,
                role=user.role,
                state=_state(user, actor),
                email=user.email,
                request=user.request,
                created_at=user.created_at,
                active_at=user.active_at,
            )
            for user, actor in await user_rows.all_people(tx)
        ]


def _state(user: "User", actor: "Actor") -> str:
    if user.pending_since is not None:
        return "waiting"
    if actor.suspended_at is not None:
        return "suspended"
    if user.disabled_at is not None:
        return "disabled"
    return "active" if user.active_at is not None else "invited"


@person.command()
@click.argument("name")
def approve(name: str) -> None:
    """Let in NAME, who has signed up in an app. `ordito person list --json` shows what she wrote; to refuse her, delete
    the account.

    \b
    Examples:
      ordito person list --json | jq -r '.[] | select(.state == "waiting") | "\\(.name): \\(.request)"'
      ordito person approve anna
    """

    async def work(tx: "Transaction") -> None:
        from node.services import sign_ups, users

        await sign_ups.let_in(tx, *await users.required(tx, name))

    run(lambda context: context.run(work))
    show(f"{name} is let in.")


@person.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let her in again; she needs a new link or her password.")
def disable(name: str, undo: bool) -> None:
    """Close the account NAME: nobody can sign in to it, and whoever is signed in is out. What she wrote stays.

    Each of her groups goes to the moderator who has been one longest, else waits for an operator to hand it over; with
    --undo they stay there.

    \b
    Examples:
      ordito person disable anna
      ordito person disable anna --undo
    """

    async def work(tx: "Transaction") -> list[str]:
        from node.services import departures, users

        user, actor = await users.required(tx, name)
        if undo:
            await users.enable(tx, user)
            return []
        return await _with_her_groups(tx, actor, departures.close(tx, user))

    passed_on = run(lambda context: context.run(work))
    show(f"{name} is {'enabled' if undo else 'disabled'}.")
    for line in passed_on:
        show(line)


async def _with_her_groups(tx: "Transaction", owner: "Actor", act: "Awaitable[None]") -> list[str]:
    """Does it, and tells where the groups that she owned are then."""
    from node.queries import actors as actor_rows, groups as group_rows

    owned = await group_rows.owned_by(tx, owner.id)
    await act
    lines = []
    for group in owned:
        actor = await actor_rows.known(tx, group.id)
        heir = await actor_rows.by_id(tx, group.owner_id) if group.owner_id else None
        handle = actor.username
        way_out = f"has no owner: `ordito group hand-over {handle} NAME --as OPERATOR` gives it one"
        now = f"is {heir.username}'s now" if heir else way_out
        lines += [] if actor.deleted_at else [f"The group {handle} {now}."]
    return lines


@person.command()
@click.argument("name")
def link(name: str) -> None:
    """Print a new link that signs NAME in once, within 24 hours: for one who has lost her way in.

    \b
    Example:
      ordito person link anna
    """

    async def work(tx: "Transaction") -> str:
        from node.services import users

        user, _ = await users.standing(tx, name)
        return await users.sign_in_link(tx, user)

    show(run(lambda context: context.run(work)))


@person.command()
@click.argument("name")
@click.option("--scopes", default="read write follow push", show_default=True, help="What it lets a program do.")
def token(name: str, scopes: str) -> None:
    """Print a new bearer token of the client API for NAME, and nothing else. It cannot be shown a second time.

    \b
    Examples:
      TOKEN=$(ordito person token anna)
      curl -H "Authorization: Bearer $TOKEN" https://node.example/api/v1/timelines/home
    """

    async def work(tx: "Transaction") -> str:
        from node.services import users

        user, _ = await users.standing(tx, name)
        return await users.issue_token(tx, user, scopes)

    show(run(lambda context: context.run(work)))
