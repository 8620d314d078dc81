from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from config import health, pages

handler500 = "config.pages.failed"
urlpatterns = [
    path("api/", include("labeling.api.urls")),
    path("api/health/live", health.live),
    path("api/health/ready", health.ready),
    path("metrics", health.metrics),
    path("api/schema/", SpectacularAPIView.as_view()),
    path("api/", include("inference.api.urls")),
    path("api/", include("training.api.urls")),
    path("api/", include("synthesis.api.urls")),
    re_path(r"^api/", pages.unknown_call),
    path("source.tar.gz", pages.source),
    re_path(r"^(?!static/)", pages.app),
]
