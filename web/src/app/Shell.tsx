/** The frame of every project page: project switcher, navigation, who is signed in. */
import { AppShell, Burger, Group, Kbd, ScrollArea, Stack, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation } from "@tanstack/react-router";
import { Blocks, History, Home, Radio, Search, Settings, Users } from "lucide-react";
import { useEffect } from "react";
import { releaseSettingsQuery } from "../api/releases.ts";
import icon from "../icon.svg";
import { NotFoundPage } from "../pages/start/NotFoundPage.tsx";
import { appText } from "../texts/app.ts";
import { commonText } from "../texts/common.ts";
import { MenuLink } from "../ui/links.tsx";
import { MemberMenu } from "./MemberMenu.tsx";
import { openPalette, Palette } from "./Palette.tsx";
import { ProjectSwitcher } from "./ProjectSwitcher.tsx";
import { useProjectId, useSession } from "./project.ts";
import { ReleasedContext, RoleContext } from "./rights.ts";
import classes from "./Shell.module.css";
import { Shortcuts } from "./Shortcuts.tsx";
import { SignInAgain } from "./SignInAgain.tsx";

const pages = [
  { to: "/p/$projectId", label: commonText.overview, icon: Home, exact: true },
  { to: "/p/$projectId/integrations", label: commonText.integrations, icon: Blocks, exact: false },
  { to: "/p/$projectId/app-events", label: commonText.appEvents, icon: Radio, exact: false },
  { to: "/p/$projectId/users", label: commonText.users, icon: Users, exact: false },
  { to: "/p/$projectId/task-history", label: commonText.taskHistory, icon: History, exact: false },
  { to: "/p/$projectId/settings", label: commonText.settings, icon: Settings, exact: false },
] as const;

export function Shell() {
  const projectId = useProjectId();
  const session = useSession();
  // Another installation's address, or a project that this member does not see.
  const project = session?.projects.find(({ id }) => id === projectId);
  const known = !session || project !== undefined;
  const [opened, menu] = useDisclosure(false);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever went somewhere wants to see it
  useEffect(menu.close, [pathname]);
  const released = useQuery({ ...releaseSettingsQuery(projectId), enabled: project !== undefined }).data;
  return (
    <RoleContext value={project?.role}>
      <ReleasedContext value={released?.readOnly ?? false}>
        <AppShell
          header={{ height: { base: 52, xs: 0 } }}
          navbar={{ width: 232, breakpoint: "xs", collapsed: { mobile: !opened } }}
          padding={0}
        >
          {/* On narrow screens the navigation lies behind a button. */}
          <AppShell.Header hiddenFrom="xs" className={classes.header}>
            <Brand />
            <Group gap={4}>
              <UnstyledButton
                className={classes.find}
                onClick={openPalette}
                aria-label={appText.navigation.search}
              >
                <Search size={18} aria-hidden />
              </UnstyledButton>
              <Burger
                opened={opened}
                onClick={menu.toggle}
                size="sm"
                aria-label={opened ? appText.navigation.close : appText.navigation.open}
                aria-expanded={opened}
              />
            </Group>
          </AppShell.Header>
          <AppShell.Navbar className={classes.navbar}>
            <div className={classes.wide}>
              <Brand />
            </div>
            <ProjectSwitcher />
            <UnstyledButton className={classes.search} onClick={openPalette}>
              <Search size={16} aria-hidden />
              <span style={{ flex: 1 }}>{appText.navigation.goTo}</span>
              <Kbd size="xs" aria-hidden>
                {appText.navigation.goToKeys}
              </Kbd>
            </UnstyledButton>
            <ScrollArea style={{ flex: 1 }}>
              <Stack component="nav" aria-label={appText.navigation.label} gap={2} mt={4}>
                {pages.map(({ to, label, icon: Icon, exact }) => (
                  <MenuLink
                    key={label}
                    className={classes.link}
                    to={to}
                    params={{ projectId }}
                    label={label}
                    leftSection={<Icon size={17} aria-hidden />}
                    activeOptions={{ exact }}
                    activeProps={{ active: true, "aria-current": "page" }}
                  />
                ))}
              </Stack>
            </ScrollArea>
            <MemberMenu />
          </AppShell.Navbar>
          <AppShell.Main>{known ? <Outlet /> : <NotFoundPage />}</AppShell.Main>
          <Palette />
          <Shortcuts />
          <SignInAgain />
        </AppShell>
      </ReleasedContext>
    </RoleContext>
  );
}

function Brand() {
  return (
    <div className={classes.brand}>
      <img src={icon} alt="" width={22} height={22} />
      {appText.brand}
    </div>
  );
}

/** The room that an ordinary page has. The editor takes all of it. */
export function Page({ children }: { children: React.ReactNode }) {
  return <div className={classes.page}>{children}</div>;
}
