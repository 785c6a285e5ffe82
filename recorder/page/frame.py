"""Templates in, pages out. Everything that was captured is escaped; a name that a template does not get is an error."""

from collections.abc import Callable, Sequence
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from recorder.errors import RecorderError
from recorder.page.calls import while_nothing_changes
from recorder.page.door import Keys

PACKAGE = "recorder.page"


class Frame:
    """The pages of one application: its own templates inside of the common frame. `packages`: where templates/ and
    static/ are, beside this package's."""

    def __init__(self, keys: Keys, *packages: str) -> None:
        self._keys = keys
        self._packages: Sequence[str] = (PACKAGE, *packages)
        loaders = [PackageLoader(package) for package in self._packages]
        self.environment = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals |= {"base": f"{keys.prefix}/", "csrf": keys.csrf}

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(self.environment.get_template(template).render(**values), status)

    def static(self) -> list[Mount]:
        """`static/page/…`, and for each other package one folder by the last part of its name that is no `web`."""
        return [
            Mount(f"{self._keys.prefix}/static/{_short(package)}", StaticFiles(packages=[(package, "static")]))
            for package in self._packages
        ]


def _short(package: str) -> str:
    return [part for part in package.split(".") if part != "web"][-1]


def page(frame: Frame, made: Callable[..., Response]) -> Callable[[Request], Response]:
    """A page's endpoint, made by `made` of the path's parameters. What can't be shown is said on a page, too."""

    def endpoint(request: Request) -> Response:
        try:
            with while_nothing_changes():
                return made(**request.path_params)
        except RecorderError as error:
            return frame.page("trouble.html", 404, message=error.message, hint=error.hint)

    return endpoint
