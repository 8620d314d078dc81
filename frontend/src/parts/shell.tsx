import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link, NavLink, Outlet, useLocation, useMatch } from "react-router";
import { api, type Project } from "../api/client";
import { projectQuery } from "../api/queries";
import { Icon, type IconName } from "./icon";
import { Skeleton } from "./notes";
import { useSession } from "./session";
import { ThemeButton } from "./theme";

type Role = Project["role"];

type PageLink = { path: string; text: string; icon: IconName; for?: Role[]; kind?: Project["kind"] };

const PAGES: readonly PageLink[] = [
  { path: "", text: "Overview", icon: "overview" },
  { path: "/label", text: "Label", icon: "label" },
  { path: "/review", text: "Review", icon: "accept", for: ["reviewer", "manager"] },
  { path: "/images", text: "Images", icon: "images" },
  { path: "/import", text: "Import", icon: "import", for: ["manager"] },
  { path: "/export", text: "Export", icon: "export", for: ["manager"] },
  { path: "/models", text: "Models", icon: "models" },
  { path: "/synthesis", text: "Synthesis", icon: "synthesis", for: ["manager"], kind: "detection" },
  { path: "/members", text: "Members", icon: "members" },
  { path: "/settings", text: "Settings", icon: "settings", for: ["manager"] },
  { path: "/api", text: "API", icon: "api" },
];

/** Navigation, and the page beside it. */
export function Shell() {
  const { session, user } = useSession();
  const project = useMatch("/projects/:project/*")?.params.project;
  return (
    <div className="shell">
      <header className="nav">
        <div className="nav-top">
          <Link className="brand" to="/">
            <img src="/static/icon.svg" alt="" />
            Frameloop
          </Link>
          <div className="nav-user mobile">
            <UserLinks name={user.username} />
          </div>
        </div>
        <div className="nav-body">
          <nav className="nav-links" aria-label="Site">
            <NavLink className="nav-link" to="/" end>
              <Icon name="projects" /> Projects
            </NavLink>
          </nav>
          {project && /^\d+$/.test(project) && <ProjectLinks id={Number(project)} />}
        </div>
        <span className="spacer" />
        <div className="nav-links desktop">
          <UserLinks name={user.username} />
        </div>
        <div className="foot desktop">
          <SourceOffer version={session.version} source={session.source} />
        </div>
      </header>
      <Outlet />
      <footer className="foot mobile">
        <SourceOffer version={session.version} source={session.source} />
      </footer>
    </div>
  );
}

function ProjectLinks({ id }: { id: number }) {
  const { data, isError } = useQuery(projectQuery(id));
  const links = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const loaded = data !== undefined;
  useEffect(() => {
    // On a narrow screen the links scroll sideways.
    links.current?.querySelector(".active")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [pathname, loaded]);
  if (isError) return null;
  if (!data) return <Skeleton lines={1} />;
  return (
    <nav aria-label={data.name} ref={links}>
      <div className="nav-title clip" title={data.name}>
        {data.name}
      </div>
      <div className="nav-links">
        {PAGES.filter((page) => isFor(page, data)).map((page) => (
          <NavLink key={page.path} className="nav-link" to={`/projects/${id}${page.path}`} end={!page.path}>
            <Icon name={page.icon} /> {page.text}
          </NavLink>
        ))}
      </div>
    </nav>
  );
}

function isFor(page: PageLink, { role, kind }: Project): boolean {
  return (!page.for || page.for.includes(role)) && (!page.kind || page.kind === kind);
}

function UserLinks({ name }: { name: string }) {
  const client = useQueryClient();
  const signOut = async () => {
    await api.DELETE("/api/session/");
    client.clear();
    location.assign("/");
  };
  return (
    <>
      <ThemeButton className="nav-link" />
      <NavLink className="nav-link" to="/account" aria-label={`Account of ${name}`}>
        <Icon name="user" /> <span className="nav-text clip">{name}</span>
      </NavLink>
      <button className="nav-link" onClick={() => void signOut()} aria-label="Sign out">
        <Icon name="out" /> <span className="nav-text">Sign out</span>
      </button>
    </>
  );
}

function SourceOffer({ version, source }: { version: string; source: string }) {
  return (
    <>
      <span className="number">Frameloop {version}</span>
      <span>
        AGPL-3.0-or-later, <a href={source}>source</a>
      </span>
    </>
  );
}
