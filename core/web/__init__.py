"""What Recoup answers over plain HTTP, beside the Streamlit screens: pure ASGI and Starlette, no Streamlit.

- `gate`      nobody gets past it without a session; it also strips headers that claim an identity
- `headers`   security headers on every answer; language and title of the shell page
- `sign_in`   the HTML pages /sign-in, /sign-out, /first, /password
- `oidc`      /oidc/start and /oidc/back, where a provider is configured
- `files`     /files/…: evidence and packs, each asked for by name and by right
- `health`    /healthz
- `mishaps`   a bug becomes an id
- `html`, `forms`, `cookies`  what the pages are made of
- `lifespan`  what happens before the first answer
- `routes`    all of them together, for app.py
"""
