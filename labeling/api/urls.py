from django.urls import path

from labeling.api import accounts, annotations, exports, images, imports, jobs, media, projects, queue

urlpatterns = [
    # Django tries them in this order: first what is called once an image.
    path("projects/<int:pk>/next/", queue.Next.as_view()),
    path("images/<int:pk>/annotations/<uuid:uuid>/", annotations.Submit.as_view()),
    path("projects/<int:pk>/images/", images.Images.as_view()),
    path("session/", accounts.Session.as_view()),
    path("session/password/", accounts.Password.as_view()),
    path("auth/token/", accounts.TokenByPassword.as_view()),
    path("tokens/", accounts.Tokens.as_view()),
    path("tokens/<int:pk>/", accounts.TokenDetail.as_view()),
    path("users/", accounts.Users.as_view()),
    path("projects/", projects.Projects.as_view()),
    path("projects/<int:pk>/", projects.ProjectDetail.as_view()),
    path("projects/<int:pk>/restore/", projects.ProjectRestore.as_view()),
    path("projects/<int:pk>/members/", projects.Members.as_view()),
    path("projects/<int:pk>/members/<int:member>/", projects.MemberDetail.as_view()),
    path("projects/<int:pk>/renew/", queue.Renew.as_view()),
    path("assignments/<int:pk>/skip/", queue.Skip.as_view()),
    path("assignments/<int:pk>/undo_skip/", queue.UndoSkip.as_view()),
    path("assignments/<int:pk>/release/", queue.Release.as_view()),
    path("projects/<int:pk>/images/bulk/", images.Bulk.as_view()),
    path("projects/<int:pk>/imports/", imports.Imports.as_view()),
    path("projects/<int:pk>/exports/", exports.Exports.as_view()),
    path("exports/<int:pk>/file/", exports.ExportFile.as_view()),
    path("projects/<int:pk>/jobs/", jobs.Jobs.as_view()),
    path("jobs/<int:pk>/", jobs.JobDetail.as_view()),
    path("jobs/<int:pk>/cancel/", jobs.JobCancel.as_view()),
    path("images/<int:pk>/", images.ImageDetail.as_view()),
    path("images/<int:pk>/restore/", images.ImageRestore.as_view()),
    path("images/<int:pk>/file/", media.ImageFile.as_view()),
    path("images/<int:pk>/thumbnail/", media.ImageThumbnail.as_view()),
    path("annotations/<uuid:uuid>/", annotations.AnnotationDetail.as_view()),
    path("annotations/<uuid:uuid>/review/", annotations.ReviewCall.as_view()),
]
