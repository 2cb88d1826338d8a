/// What several accounts see in one directory: who owns what is made, who may do what, and what is lost by it.
let accountTable: [Check] =
    makingChecks + rightsChecks + rootChecks + chownChecks + setIdChecks + timesChecks + stickyChecks + sharingChecks
    + namedEntryChecks
