from django.urls import path

from inference.api import models, predictions, similar, snap, solve

urlpatterns = [
    path("projects/<int:pk>/models/", models.Models.as_view()),
    path("projects/<int:pk>/predict/", predictions.ProjectPredict.as_view()),
    path("projects/<int:pk>/predictions/", predictions.Predictions.as_view()),
    path("images/<int:pk>/similar/", similar.Similar.as_view()),
    path("images/<int:pk>/snap/", snap.Snap.as_view()),
    path("images/<int:pk>/solve/", solve.Solve.as_view()),
    path("images/<int:pk>/segment/", solve.Segment.as_view()),
    path("models/<int:pk>/", models.ModelDetail.as_view()),
    path("models/<int:pk>/archive/", models.Archive.as_view()),
    path("models/<int:pk>/predict/", predictions.ModelPredict.as_view()),
]
