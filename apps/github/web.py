"""Pages of GitHub that people are sent to, where no API does what has to be done."""

from urllib.parse import quote

from apps.github import addresses, wire


def app_permissions(app: wire.App) -> str:
    """Where its owner, an organization or a person, changes what an App asks for."""
    of_organization = app.owner is not None and app.owner.type == "Organization"
    owner = f"/organizations/{app.owner.login}" if app.owner and of_organization else ""
    return f"{addresses.web_url()}{owner}/settings/apps/{app.slug}/permissions"


def app_settings(app: wire.App) -> str:
    """Where its owner changes an App's addresses, keys and secrets."""
    return app_permissions(app).removesuffix("/permissions")


def installation(login: str, installation_id: int) -> str:
    """Where an owner of the organization sees an App's installation, and accepts what it asks for since."""
    return f"{addresses.web_url()}/organizations/{login}/settings/installations/{installation_id}"


def new_installation(slug: str, page: str = "") -> str:
    """Where an App is installed: below its own `page`, where GitHub told one that is on its pages.

    Enterprise Server keeps Apps below another path than github.com.
    """
    host = addresses.current()
    if page.startswith(f"{host.web_url}/"):
        return f"{page}/installations/new"
    return f"{host.web_url}/{'github-apps' if host.is_server else 'apps'}/{slug}/installations/new"


def security(login: str) -> str:
    """Where an owner sees the organization's IP allow list."""
    return f"{addresses.web_url()}/organizations/{login}/settings/security"


def labelled_issues(login: str, repository: str, label: str) -> str:
    """The open issues of a repository that bear a label."""
    return f"{addresses.web_url()}/{quote(login)}/{quote(repository)}/issues?q={quote(f'is:open label:{label}')}"
