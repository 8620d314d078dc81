from labeling.tasks import images, imports, jobs, queue

__all__ = ["images", "imports", "jobs", "queue"]
