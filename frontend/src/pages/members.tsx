import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, need, type Project, type Schemas } from "../api/client";
import { ErrorNote, PageHead, Skeleton } from "../parts/notes";
import { useProject } from "./project";
import { ResetLink } from "./reset-link";

type Member = Schemas["MemberRow"];
type Role = Member["role"];
const ROLES: Role[] = ["labeler", "reviewer", "manager"];
const MAY: Record<Role, string> = {
  labeler: "labels",
  reviewer: "labels, and accepts or sends back",
  manager: "all: imports, settings, members, models",
};

export default function Members() {
  const project = useProject();
  const client = useQueryClient();
  const manager = project.role === "manager";
  const [error, setError] = useState<unknown>(null);
  const path = { id: project.id };
  const members = useQuery({
    queryKey: ["members", project.id],
    queryFn: () => need(api.GET("/api/projects/{id}/members/", { params: { path } })),
  });
  const change = async (act: Promise<unknown>) => {
    setError(null);
    await act.catch(setError);
    void client.invalidateQueries({ queryKey: ["members", project.id] });
  };
  return (
    <main className="page">
      <PageHead title="Members" text="Who may label, review and manage this project." />
      {manager && <AddMember project={project} change={change} />}
      <ErrorNote error={error} />
      <ErrorNote error={members.error} retry={() => void members.refetch()} />
      {members.isPending && <Skeleton />}
      {members.data && (
        <div className="panel scroll">
          <table>
            <thead>
              <tr>
                <th>Name</th>
                <th>Role</th>
                <th className="desktop">May</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {members.data.results.map((member) => (
                <MemberRow
                  key={member.id}
                  member={member}
                  project={project}
                  manager={manager}
                  change={change}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </main>
  );
}

type Change = (act: Promise<unknown>) => Promise<void>;

function AddMember({ project, change }: { project: Project; change: Change }) {
  const [user, setUser] = useState("");
  const [role, setRole] = useState<Role>("labeler");
  const known = useQuery({
    queryKey: ["users", user],
    queryFn: () => need(api.GET("/api/users/", { params: { query: { q: user } } })),
    enabled: user.length > 1,
  });
  const add = (event: FormEvent) => {
    event.preventDefault();
    const body = { user, role };
    void change(
      need(api.POST("/api/projects/{id}/members/", { params: { path: { id: project.id } }, body })).then(() =>
        setUser(""),
      ),
    );
  };
  return (
    <form className="panel row" onSubmit={add}>
      <input
        className="grow"
        value={user}
        onChange={(event) => setUser(event.target.value)}
        placeholder="User name"
        aria-label="User name"
        list="known-users"
        autoComplete="off"
        autoCapitalize="none"
        required
      />
      <datalist id="known-users">
        {known.data?.results.map((one) => (
          <option key={one.id} value={one.username} />
        ))}
      </datalist>
      <RoleSelect value={role} change={setRole} label="Role of the new member" />
      <button className="button primary">Add</button>
    </form>
  );
}

type RowProps = { member: Member; project: Project; manager: boolean; change: Change };

function MemberRow({ member, project, manager, change }: RowProps) {
  const params = { path: { id: project.id, member: member.id } };
  const setRole = (role: Role) =>
    void change(need(api.PATCH("/api/projects/{id}/members/{member}/", { params, body: { role } })));
  const remove = () => void change(need(api.DELETE("/api/projects/{id}/members/{member}/", { params })));
  return (
    <tr>
      <td className="break">{member.user.username}</td>
      <td>
        {manager ? (
          <RoleSelect value={member.role} label={`Role of ${member.user.username}`} change={setRole} />
        ) : (
          member.role
        )}
      </td>
      <td className="muted small desktop">{MAY[member.role]}</td>
      <td>
        <div className="row tight end">
          {member.resettable && <ResetLink user={member.user} />}
          {manager && (
            <button className="button small" onClick={remove} aria-label={`Remove ${member.user.username}`}>
              Remove
            </button>
          )}
        </div>
      </td>
    </tr>
  );
}

type RoleProps = { value: Role; change: (role: Role) => void; label: string };

function RoleSelect({ value, change, label }: RoleProps) {
  return (
    <select
      className="role"
      value={value}
      onChange={(event) => change(event.target.value as Role)}
      aria-label={label}
    >
      {ROLES.map((role) => (
        <option key={role}>{role}</option>
      ))}
    </select>
  );
}
