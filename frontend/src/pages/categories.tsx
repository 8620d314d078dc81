import type { Project } from "../api/client";
import { Dot } from "../parts/notes";

/** A project's first categories, with their colours, and how many there are beside them. */
export function Categories({ project, most }: { project: Project; most: number }) {
  const { categories } = project;
  return (
    <>
      {categories.slice(0, most).map((category) => (
        <span key={category.id} className="row tight still fits">
          <Dot color={category.color} /> <span className="clip">{category.name}</span>
        </span>
      ))}
      {categories.length > most && <span>and {categories.length - most} more</span>}
    </>
  );
}
