"""The team room: people, their roles, and the door they come in by.

`people` holds the verbs and reads an admin uses. `passwords`, `sessions`, `sign_in` and `identity` are the door
itself: they run before anybody is known, so they take no actor and are called only by `core.web` and the account
page.
"""
