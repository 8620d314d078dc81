"""Who is calling: a session or a bearer token. Roles are looked up per project in `labeling.access`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, throttling
from rest_framework.request import Request

from labeling.models import Token, User
from labeling.services.accounts import token_resolve

SAFE = ("GET", "HEAD", "OPTIONS")


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer …`. A token with the scope `read` may only read and ask for predictions."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        context = request.parser_context
        project = context["kwargs"]["pk"] if getattr(context["view"], "for_one_project", False) else None
        found = token_resolve(value=value.strip(), project_id=project)
        if found is None:
            raise exceptions.AuthenticationFailed("The token is unknown, expired or revoked.")
        if found[1] == Token.Scope.READ and request.method not in SAFE and not _only_predicts(request):
            raise exceptions.PermissionDenied("This token may only read.")
        return found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="frameloop"'


def _only_predicts(request: Request) -> bool:
    return request.path.endswith("/predict/")


class SessionAuthentication(authentication.SessionAuthentication):
    """DRF's, with CSRF checked; sign-in again is a 401, which the page turns into its sign-in sheet."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class WrongPasswords(throttling.SimpleRateThrottle):
    """Wrong passwords from one address, whatever the names: one password tried on everybody. django-axes counts them
    by name, and sees none of that. The right ones are not counted, for a whole office may sign in at nine."""

    scope = "sign_in"

    def get_cache_key(self, request: Request, view: object) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}

    def throttle_success(self) -> bool:
        return True

    def refuse(self, request: Request) -> None:
        """Raise Throttled for an address that has guessed too often."""
        if not self.allow_request(request, None):  # type: ignore[arg-type]
            raise exceptions.Throttled(self.wait(), detail="Too many wrong passwords.")

    def count(self) -> None:
        """One more. Call after `refuse`."""
        super().throttle_success()


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def locked_out(request: HttpRequest, response: object = None, credentials: object = None) -> HttpResponse:
    """What django-axes answers after too many wrong passwords."""
    body = {
        "type": "about:blank", "title": "Too Many Requests", "status": 429,
        "detail": "Too many wrong passwords. Try again in 15 minutes, or ask a manager.",
    }  # fmt: skip
    return JsonResponse(
        body, status=429, headers={"Retry-After": "900"}, content_type="application/problem+json"
    )
