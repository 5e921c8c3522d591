/** The words of the pages that people see before they are in a project. */

export const startText = {
  firstProject: {
    title: "Create your first project",
    welcome: (name: string) => `Welcome, ${name}.`,
  },

  signIn: {
    title: "Sign in to Linchpin",
    noAccount: "No account exists yet. Open the one-time set-up link that the server printed.",
  },

  setUp: {
    title: "Set up Linchpin",
    about: "Create the first account. It can do everything.",
    create: "Create account",
    isDone: "Linchpin is set up",
    isDoneText: "The set-up link works once. Sign in with your account.",
    openLink: "Open the set-up link",
    openLinkText:
      "The server printed a one-time link when it first started. Open that link to create the first account.",
    linkLooksLike: (origin: string) => `It looks like ${origin}/app/setup?token=…`,
  },

  invitation: {
    title: "Invitation",
    oneMoment: "One moment.",
    broken: "This invitation does not work",
    join: (project: string) => `Join ${project}`,
    about: (invitedBy: string, role: string, may: string) =>
      `${invitedBy} invites you with the role ${role}: it ${may}`,
    ownPassword: "The password of your account",
    joinProject: "Join project",
    createAndJoin: "Create account and join",
  },

  passwordLength: "At least 12 characters",

  notFound: {
    title: "There is nothing here",
    about: "The address may be wrong, or what it named was deleted or belongs to another project.",
    goOn: "Go to the overview",
  },
};
