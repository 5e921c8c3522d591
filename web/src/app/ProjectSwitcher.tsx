import { Menu, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { Check, ChevronsUpDown, Plus } from "lucide-react";
import { appText } from "../texts/app.ts";
import { ProjectDialog } from "./ProjectDialog.tsx";
import { useProjectId, useSession } from "./project.ts";
import classes from "./Shell.module.css";

export function ProjectSwitcher() {
  const projectId = useProjectId();
  const session = useSession();
  const navigate = useNavigate();
  const [creating, dialog] = useDisclosure(false);
  const projects = session?.projects ?? [];
  const current = projects.find((project) => project.id === projectId);

  return (
    <>
      <Menu width={208} position="bottom-start">
        <Menu.Target>
          <UnstyledButton
            className={classes.switcher}
            aria-label={appText.project.switcher(current?.name ?? "")}
          >
            <span style={{ overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>
              {current?.name ?? appText.project.unnamed}
            </span>
            <ChevronsUpDown size={14} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{appText.project.all}</Menu.Label>
          {projects.map((project) => (
            <Menu.Item
              key={project.id}
              rightSection={project.id === projectId ? <Check size={14} /> : null}
              onClick={() => navigate({ to: "/p/$projectId", params: { projectId: project.id } })}
            >
              {project.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<Plus size={14} />} onClick={dialog.open}>
            {appText.project.create}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ProjectDialog opened={creating} onClose={dialog.close} />
    </>
  );
}
