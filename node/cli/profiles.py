"""What accounts say of themselves: `ordito person profile` and `ordito group describe`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from node.cli.output import show, show_json
from node.cli.ownership import group_of, one_who_decides
from node.cli.running import run

if TYPE_CHECKING:
    from node.context import Context
    from node.database import Transaction

Pairs = tuple[tuple[str, str], ...]


@click.command()
@click.argument("name")
@click.option("--name", "shown", metavar="TEXT", help="What people read; it need not be the name on a passport.")
@click.option("--about", metavar="TEXT", help="Some words about her (Markdown).")
@click.option("--languages", metavar="CODES", help='What she reads and writes: "it ar".')
@click.option("--field", "fields", nargs=2, multiple=True, metavar="LABEL TEXT", help="Up to four; replaces all.")
@click.option("--follows", type=click.Choice(["open", "approval"]), help="Who may follow her.")
@click.option(
    "--alias", "aliases", multiple=True, metavar="NAME@HOST", help="An earlier account, before it moves here."
)
def profile(
    name: str,
    shown: str | None,
    about: str | None,
    languages: str | None,
    fields: Pairs,
    follows: str | None,
    aliases: tuple[str, ...],
) -> None:
    """Change what others see of the person NAME; her followers are told.

    \b
    Examples:
      ordito person profile anna --name "Anna" --about "Sews, and reads letters from offices." --languages "it en"
      ordito person profile anna --alias anna@old.example
    """

    async def work(tx: "Transaction") -> None:
        from node.services import actors, users
        from node.services.profiles import Profile

        _, person = await users.standing(tx, name)
        wanted = Profile(shown, about=about, languages=_codes(languages), fields=fields or None)
        values = wanted.values(tx, person)
        if follows is not None:
            values["locked"] = follows == "approval"
        if aliases:
            values["also_known_as"] = [(await actors.find(tx, alias)).uri for alias in aliases]
        if not values:
            raise click.UsageError("Say what to change: see `ordito person profile --help`.")
        await actors.change_profile(tx, person, values)

    run(lambda context: context.run(work))
    show(f"The profile of {name} is changed.")


@dataclass(frozen=True, slots=True)
class _Described:
    """What is to change of a group, as it was typed."""

    name: str | None
    names: Pairs
    about: str | None
    abouts: Pairs
    rules: Pairs
    languages: str | None
    topics: str | None

    async def apply(self, tx: "Transaction", handle: str, by: str | None) -> None:
        from node.services import owning
        from node.services.profiles import Profile

        group = await group_of(tx, handle)
        profile = Profile(self.name, dict(self.names), self.about, dict(self.abouts), _codes(self.languages))
        description = owning.Description(profile, dict(self.rules), _codes(self.topics))
        await owning.describe(tx, await one_who_decides(tx, group, by), group, description)


@click.command()
@click.argument("handle")
@click.option("--name", metavar="TEXT", help="What people read.")
@click.option("--name-in", "names", nargs=2, multiple=True, metavar="CODE TEXT", help="The name in another language.")
@click.option("--about", metavar="TEXT", help="What the group is for (Markdown).")
@click.option("--about-in", "abouts", nargs=2, multiple=True, metavar="CODE TEXT", help="The same in another language.")
@click.option("--rules", nargs=2, multiple=True, metavar="CODE TEXT", help="The rules, once for each language.")
@click.option("--languages", metavar="CODES", help='What is written there: "it el ar".')
@click.option("--topics", metavar="WORDS", help='What it is about, as hashtags: "sewing work".')
@click.option("--as", "by", metavar="NAME", help="Its owner, or an operator of this node.  [default: the owner]")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def describe(
    handle: str,
    name: str | None,
    names: Pairs,
    about: str | None,
    abouts: Pairs,
    rules: Pairs,
    languages: str | None,
    topics: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Say what the group HANDLE is, in one or several languages; without options, show what it says.

    CODE is a language: it, el, ar, ... An empty TEXT takes that language away. Followers on all servers are told.

    \b
    Examples:
      ordito group describe welcome --about "For everybody who is new" --about-in it "Per chi è nuova"
      ordito group describe welcome --rules en "Be kind." --rules it "Con rispetto." --topics "work sewing"
    """
    wanted = _Described(name, names, about, abouts, rules, languages, topics)
    if wanted != _Described(None, (), None, (), (), None, None):
        run(lambda context: context.run(lambda tx: wanted.apply(tx, handle, by)))
        show(f"The description of {handle} is changed.")
        return
    found = run(lambda context: _description(context, handle))
    if as_json:
        show_json(found)
    for label, value in {} if as_json else found.items():
        _show({"names": "name", "abouts": "about"}.get(label, label), value)


async def _description(context: "Context", handle: str) -> dict[str, object]:
    from node.queries import groups as group_rows
    from node.services.markup import plain

    async with context.database.reading(context.now()) as tx:
        actor = await group_of(tx, handle)
        group = await group_rows.required(tx, actor)
        return {
            "name": actor.name,
            "names": actor.name_map or {},
            "about": plain(actor.summary),
            "abouts": {code: plain(text) for code, text in (actor.summary_map or {}).items()},
            "rules": group.rules,
            "languages": actor.languages,
            "topics": group.topics,
        }


def _show(label: str, value: object) -> None:
    if isinstance(value, dict):
        for code, text in value.items():
            show(f"{label} ({code}): {text}")
    elif isinstance(value, list):
        show(f"{label}: {' '.join(value)}")
    else:
        show(f"{label}: {value}")


def _codes(text: str | None) -> list[str] | None:
    return text.replace(",", " ").split() if text is not None else None
