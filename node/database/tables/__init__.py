"""Every table, by concept. Rows are read through `queries`; services and handlers are handed them."""

from node.database.columns import Base
from node.database.tables.accounts import SignInLink, User, UserToken
from node.database.tables.actors import Actor, ActorKey, ActorSecret, Block, Follow
from node.database.tables.groups import Group, GroupBan, GroupInvitation, GroupModerator, Pin
from node.database.tables.moderation import HostBlock, Report, Tombstone
from node.database.tables.posts import Mention, Post, PostEdit, PostTag, Reaction
from node.database.tables.queues import Delivery, InboxItem, Job, OwnActivity, Peer, Relay, Retired

__all__ = [
    "Actor",
    "ActorKey",
    "ActorSecret",
    "Base",
    "Block",
    "Delivery",
    "Follow",
    "Group",
    "GroupBan",
    "GroupInvitation",
    "GroupModerator",
    "HostBlock",
    "InboxItem",
    "Job",
    "Mention",
    "OwnActivity",
    "Peer",
    "Pin",
    "Post",
    "PostEdit",
    "PostTag",
    "Reaction",
    "Relay",
    "Report",
    "Retired",
    "SignInLink",
    "Tombstone",
    "User",
    "UserToken",
]
