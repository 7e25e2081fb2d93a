"""Polls: what is asked, how people of this node and of others vote, and how a poll ends.

In a poll of this node each choice of each voter is a row, and the figures are counted from these; in one from elsewhere
they are what its author's node says, and one's own vote until it says more. Who voted for what is shown to nobody. On
the wire a poll is a `Question` and a vote a `Note` with the `name` of an option (FEP-9967, Mastodon).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from federation.vocabulary import PostDocument
from federation.vocabulary.texts import plain_text
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Ignored, Invalid, Missing, NotFound
from node.queries import actors as actor_rows, jobs, polls as poll_rows, posts as post_rows
from node.queries.visibility import OPEN
from node.services import activities, addresses, edits, notifications, outbox

MOST_OPTIONS: Final = 4
LONGEST_OPTION: Final = 50
"""Characters."""
SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(seconds=2_629_746)
"""A month."""
FIGURES: Final = "poll_figures"
END: Final = "poll_end"
"""Kinds of jobs."""
FIGURES_EVERY: Final = timedelta(minutes=2)
"""However many vote in between, others are told the figures once."""
GRACE: Final = timedelta(seconds=5)
"""A vote that was begun before the figures fell due is stored by then."""
FRESH_FOR: Final = timedelta(minutes=1)
"""How long the figures of a poll from elsewhere are taken as they are."""
ELSEWHERE_LATER: Final = timedelta(minutes=1)
"""Its author's node has closed it by then."""


@dataclass(frozen=True, slots=True)
class PollDraft:
    """What somebody wants to ask. `hides_totals`: nobody sees how many chose what before the end."""

    options: tuple[str, ...]
    ends_at: datetime
    multiple: bool = False
    hides_totals: bool = False

    def check(self, now: datetime) -> None:
        """Raises `Invalid`, in Mastodon's words."""
        lasts = self.ends_at - now
        fault = (
            (len(self.options) < 2, "Poll options must have more than one item"),
            (len(self.options) > MOST_OPTIONS, f"Poll options can't contain more than {MOST_OPTIONS} items"),
            (not all(self.options), "Poll options can't be blank"),
            (
                any(len(option) > LONGEST_OPTION for option in self.options),
                f"Poll options cannot be longer than {LONGEST_OPTION} characters each",
            ),
            (len(set(self.options)) < len(self.options), "Poll options contain duplicate items"),
            (lasts < SHORTEST, "Poll duration is too soon"),
            (lasts > LONGEST, "Poll duration is too far into the future"),
        )
        message = next((text for wrong, text in fault if wrong), None)
        if message is not None:
            raise Invalid(f"Validation failed: {message}", "poll")

    def stored(self) -> dict[str, Any]:
        """As a post keeps it, with no vote yet."""
        return {
            "options": [{"name": option, "votes": 0} for option in self.options],
            "multiple": self.multiple,
            "ends_at": self.ends_at.isoformat(),
            "closed_at": None,
            "voters": 0,
            "hide_totals": self.hides_totals,
        }


def option(text: str) -> str:
    """As it is kept, and as a vote names it: on one line, without what deceives the eye."""
    return plain_text(text, 4 * LONGEST_OPTION)


def draft_of(post: Post) -> PollDraft | None:
    """The poll that a post has, for an edit that does not change it. One without an end (Misskey) is none of ours."""
    ends_at = poll_rows.ending(post)
    if post.poll is None or ends_at is None:
        return None
    names = tuple(str(one["name"]) for one in post.poll["options"])
    return PollDraft(names, ends_at, bool(post.poll.get("multiple")), bool(post.poll.get("hide_totals")))


async def opened(tx: Transaction, post: Post) -> None:
    """Of a new post: its poll will end."""
    await _will_end(tx, post.id, poll_rows.ending(post))


async def changed(tx: Transaction, post: Post, draft: PollDraft | None) -> dict[str, Any]:
    """Columns of a post that an edit changes. Another question, other options: whoever voted may vote anew."""
    if draft == draft_of(post):
        return {}
    if draft is None:
        await poll_rows.forget(tx, post.id)
        return {"type": "Note", "poll": None}
    draft.check(tx.now)
    stored, before = draft.stored(), draft_of(post)
    if before is not None and (before.options, before.multiple) == (draft.options, draft.multiple):
        stored |= {name: (post.poll or {})[name] for name in ("options", "voters")}
    else:
        await poll_rows.forget(tx, post.id)
    await _will_end(tx, post.id, draft.ends_at)
    return {"type": "Question", "poll": stored}


async def vote(tx: Transaction, actor: Actor, post: Post, choices: Sequence[int]) -> Post:
    """Somebody of this node votes, once. Raises `Invalid`, in Mastodon's words; `NotFound` for what is no poll."""
    current = await _poll(tx, post)
    options = _options(current)
    chosen = list(dict.fromkeys(choices))
    if current.author_id == actor.id:
        raise Invalid("Validation failed: You cannot vote in your own polls", "vote.own")
    if poll_rows.is_over(current, tx.now):
        raise Invalid("Validation failed: The poll has already ended", "vote.over")
    if await poll_rows.choices(tx, current.id, actor.id):
        raise Invalid("Validation failed: You have already voted on this poll", "vote.twice")
    several = len(chosen) > 1 and not (current.poll or {}).get("multiple")
    if not chosen or several or not all(0 <= choice < len(options) for choice in chosen):
        raise Invalid("Validation failed: The chosen vote option does not exist", "vote.option")
    author = await actor_rows.known(tx, current.author_id)
    if author.is_local:
        await poll_rows.add(tx, current.id, actor.id, [(tx.new_id(), choice, None) for choice in chosen])
        await _count(tx, current)
    else:
        await _send(tx, actor, current, author, chosen)
    return current


async def _poll(tx: Transaction, post: Post) -> Post:
    current = await poll_rows.locked(tx, post.id)
    if current is None or current.poll is None:
        raise NotFound("There is no poll here.")
    return current


def _options(post: Post) -> list[dict[str, Any]]:
    return list(post.poll["options"]) if post.poll else []


async def _send(tx: Transaction, actor: Actor, post: Post, author: Actor, chosen: Sequence[int]) -> None:
    """To the author's node alone: one activity for each choice, as Mastodon has it."""
    options, rows = _options(post), []
    for choice in chosen:
        row_id = tx.new_id()
        activity = activities.vote(tx, actor, post, author, name=str(options[choice]["name"]), vote_id=row_id)
        uri = str(activity["object"]["id"])
        await outbox.owe(tx, actor, activity, [author.delivery_inbox], about=uri)
        rows.append((row_id, choice, uri))
        options[choice] = {**options[choice], "votes": int(options[choice]["votes"]) + 1}
    await poll_rows.add(tx, post.id, actor.id, rows)
    voters = (post.poll or {}).get("voters")
    figures = {"options": options, "voters": None if voters is None else int(voters) + 1}
    await post_rows.change(tx, post, poll={**(post.poll or {}), **figures})
    ends_at = poll_rows.ending(post)
    await _will_end(tx, post.id, ends_at + ELSEWHERE_LATER if ends_at else None)


async def receive(tx: Transaction, voter: Actor, document: PostDocument) -> None:
    """A vote of somebody elsewhere. Counted once for each voter and choice, in a poll of this node that she may see and
    that has not ended; raises `Ignored` for any other."""
    post = await post_rows.by_uri(tx, document.in_reply_to or "")
    if post is None or post.poll is None or not addresses.is_ours(tx, post.uri):
        raise Ignored("vote")
    try:
        current = await _poll(tx, await post_rows.visible(tx, post.id, voter))
    except NotFound as error:
        raise Ignored("vote.not_visible") from error
    names = [str(one["name"]) for one in _options(current)]
    if poll_rows.is_over(current, tx.now):
        raise Ignored("vote.over")
    if document.name not in names:
        raise Ignored("vote.option")
    choice, before = names.index(document.name), await poll_rows.choices(tx, current.id, voter.id)
    if choice in before or (before and not (current.poll or {}).get("multiple")):
        raise Ignored("vote.twice")
    await poll_rows.add(tx, current.id, voter.id, [(tx.new_id(), choice, document.id)])
    await _count(tx, current)


async def _count(tx: Transaction, post: Post) -> None:
    """The figures of a poll of this node; others are told them together with those of the next minutes."""
    tally, voters = await poll_rows.counted(tx, post.id)
    options = [{**one, "votes": tally.get(place, 0)} for place, one in enumerate(_options(post))]
    await post_rows.change(tx, post, poll={**(post.poll or {}), "options": options, "voters": voters})
    window = int(tx.now.timestamp() // FIGURES_EVERY.total_seconds()) + 1
    due_at = datetime.fromtimestamp(window * FIGURES_EVERY.total_seconds(), tx.now.tzinfo) + GRACE
    await jobs.add(tx, FIGURES, f"{post.id}:{window}", {"post": post.id}, due_at)


async def _will_end(tx: Transaction, post_id: int, ends_at: datetime | None) -> None:
    if ends_at is not None:
        await jobs.add(tx, END, f"{post_id}:{ends_at.isoformat()}", {"post": post_id}, ends_at)


async def tell_figures(tx: Transaction, post_id: int) -> None:
    """Everybody who got the poll is told how it stands; without a newer `updated`, since nothing was edited."""
    post = await post_rows.by_id(tx, post_id)
    if post is None or post.poll is None or post.deleted_at is not None:
        return
    author = await actor_rows.known(tx, post.author_id)
    if author.is_local and author.deleted_at is None and author.suspended_at is None:
        await edits.tell(tx, author, post)


async def end(tx: Transaction, post_id: int) -> None:
    """The time of a poll has come: of one of this node everybody is told the last figures, of one from elsewhere they
    are asked for. Its author and who voted have a notice of it. Nothing, where it was given more time since."""
    post = await poll_rows.locked(tx, post_id)
    if post is None or post.poll is None or post.deleted_at is not None or not poll_rows.is_over(post, tx.now):
        return
    author = await actor_rows.known(tx, post.author_id)
    if author.is_local and not post.poll.get("closed_at"):
        await post_rows.change(tx, post, poll={**post.poll, "closed_at": post.poll["ends_at"]})
        await tell_figures(tx, post.id)
    elif not author.is_local:
        post = await refreshed(tx, post, fresh_for=timedelta())
    await notifications.poll_ended(tx, author, post)


def is_stale(tx: Transaction, post: Post, fresh_for: timedelta = FRESH_FOR) -> bool:
    """Whether the author's node may know more of its poll. What everybody may read is asked for alone: the node asks in
    its own name, and would not be told of anything else."""
    if post.poll is None or post.visibility not in OPEN or addresses.is_ours(tx, post.uri):
        return False
    asked = post.poll.get("asked_at")
    known_at = datetime.fromisoformat(asked) if asked else post.created_at
    return not post.poll.get("closed_at") and tx.now - known_at >= fresh_for


async def refreshed(tx: Transaction, post: Post, fresh_for: timedelta = FRESH_FOR) -> Post:
    """The post with its poll as its author's node has it now; raises `Missing`, once, for one that is stale."""
    if not is_stale(tx, post, fresh_for):
        return post
    if post.uri not in tx.tried:
        raise Missing(post.uri)
    current = await _poll(tx, post)
    await post_rows.change(tx, current, poll={**(current.poll or {}), "asked_at": tx.now.isoformat()})
    return current
