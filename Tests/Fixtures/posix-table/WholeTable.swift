/// Every check, in the order of the calls' manual pages: what is opened, what is in it, what it is called, who holds it.
let wholeTable: [Check] =
    openingChecks + truncatingOpenChecks + pathOnlyChecks + directChecks + unnamedFileChecks + dataChecks + appendChecks
    + limitChecks + copyChecks + spaceChecks + allocationChecks + holeChecks + mappingChecks + faultChecks
    + attributeChecks + modeChecks + clearingChecks + timeChecks + fileTimeChecks + directoryTimeChecks
    + extendedStatusChecks + linkChecks + removalChecks + unlinkedChecks + removedDirectoryChecks + renameChecks
    + renameKindChecks + openDirectoryRenameChecks + directoryChecks + listingChecks + linkCountChecks + nameChecks
    + pathChecks + specialFileChecks + executionChecks + inodeFlagChecks + extendedAttributeChecks
    + attributeLimitChecks + attributeKindChecks + accessListChecks + lockChecks + recordLockChecks
    + descriptionLockChecks + wholeFileLockChecks + processChecks
