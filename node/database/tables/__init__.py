"""Every table, by concept. Rows are read through `queries`; services and handlers are handed them."""

from node.database.columns import Base
from node.database.tables.accounts import SignInLink, User, UserToken
from node.database.tables.actors import Actor, ActorKey, ActorSecret, Block, Follow
from node.database.tables.apps import IdempotencyKey, OAuthApp, OAuthCode, PushSubscription
from node.database.tables.groups import Group, GroupBan, GroupInvitation, GroupModerator, Pin
from node.database.tables.media import MediaFile
from node.database.tables.moderation import HostBlock, Report, Tombstone
from node.database.tables.notifications import (
    Conversation,
    Notification,
    NotificationPermission,
    NotificationPolicy,
)
from node.database.tables.personal import (
    AccountNote,
    Bookmark,
    DismissedSuggestion,
    Endorsement,
    FeaturedTag,
    Filter,
    FilterKeyword,
    FilterStatus,
    FollowedTag,
    ListMember,
    Marker,
    Mute,
    MutedHost,
    PersonalList,
    ScheduledPost,
    ThreadMute,
)
from node.database.tables.posts import Mention, PollVote, Post, PostEdit, PostTag, Reaction
from node.database.tables.queues import Delivery, InboxItem, Job, OwnActivity, Peer, Relay, Retired
from node.database.tables.search import SearchEntry, SearchWaiting

__all__ = [
    "AccountNote",
    "Actor",
    "ActorKey",
    "ActorSecret",
    "Base",
    "Block",
    "Bookmark",
    "Conversation",
    "Delivery",
    "DismissedSuggestion",
    "Endorsement",
    "FeaturedTag",
    "Filter",
    "FilterKeyword",
    "FilterStatus",
    "Follow",
    "FollowedTag",
    "Group",
    "GroupBan",
    "GroupInvitation",
    "GroupModerator",
    "HostBlock",
    "IdempotencyKey",
    "InboxItem",
    "Job",
    "ListMember",
    "Marker",
    "MediaFile",
    "Mention",
    "Mute",
    "MutedHost",
    "Notification",
    "NotificationPermission",
    "NotificationPolicy",
    "OAuthApp",
    "OAuthCode",
    "OwnActivity",
    "Peer",
    "PersonalList",
    "Pin",
    "PollVote",
    "Post",
    "PostEdit",
    "PostTag",
    "PushSubscription",
    "Reaction",
    "Relay",
    "Report",
    "Retired",
    "ScheduledPost",
    "SearchEntry",
    "SearchWaiting",
    "SignInLink",
    "ThreadMute",
    "Tombstone",
    "User",
    "UserToken",
]
