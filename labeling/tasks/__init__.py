from labeling.tasks import exports, images, imports, jobs, mattes, queue

__all__ = ["exports", "images", "imports", "jobs", "mattes", "queue"]
