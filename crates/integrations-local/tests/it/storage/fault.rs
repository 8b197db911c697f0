//! What can be wrong with an object store.

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,

    // What is stored.
    CorruptsBytes,
    TakesBytesForText,
    LosesEmptyObjects,
    OverwritesInPlace,
    KeepsTheFirstPieceOnly,
    CutsLongStreams,
    RefusesEmptyStreams,
    SwallowsErrorsOfTheBody,
    PublishesWhileReading,
    WritesInTwoHalves,
    DropsAttributes,
    DropsMetadata,
    DropsTags,
    KeepsOldMetadata,
    StreamsDropAttributes,
    AnswersAnotherTag,
    ConstantTag,

    // Conditions.
    IgnoresCreate,
    StreamsIgnoreCreate,
    IgnoresUpdate,
    UpdatesNothing,
    ChecksBeforeItWrites,
    RemembersDeletedKeys,
    IgnoresReadConditions,
    IgnoresTimes,
    HeadIgnoresConditions,
    IsNeverModified,

    // What is read.
    TruncatesReads,
    LeaksReads,
    MissingIsAnError,
    MissingIsEmpty,
    HeadSaysZero,
    HeadForgetsTheTag,
    KnowsNoTime,
    IncludesTheEnd,
    IgnoresRanges,
    SuffixesFromTheStart,
    RefusesRangesOverTheEnd,
    PadsPastTheEnd,
    SaysThePartIsTheWhole,

    // Keys.
    ReadsPlusAsBlank,
    MergesSlashes,
    LowersKeys,
    ComposesLetters,
    TrimsSegments,
    CutsLongKeys,
    KeysAreFolders,

    // Listings.
    ListsForEver,
    ListsOnlyTheFirstPage,
    ListsTheEdgeTwice,
    DropsTheLastListed,
    SortsWithoutCase,
    PrefixesAreFolders,
    ListsFolderMarkers,
    IgnoresDelimiters,
    FoldsAtSlashesOnly,
    FoldsEachPageByItself,
    IncludesTheStart,
    ListsLate,

    // Deletes and copies.
    KeepsWhatIsDeleted,
    MissingDeletesFail,
    IgnoresDeleteConditions,
    SwallowsErrorsOfDeletes,
    BatchesForgetKeys,
    BatchesStopAtMissing,
    CopiesNothing,
    CopiesDropMetadata,
    CopiesAreAliases,
    CopiesKeepTheTarget,
    CopiesIgnoreCreate,
    CopiesIgnoreConditions,
    CopiesDecodeTheSource,

    // Presigned requests and tags.
    PresignsEveryKey,
    PresignsEveryMethod,
    PresignsForAWeek,
    PresignsAnotherSpelling,
    ShowsTheToken,
    MergesTags,

    // Promises.
    DoesWhatItDoesNotDeclare,
    SendsBeforeItRefuses,
    DeclaresWhatDoesNotWork,
    DeclaresLongKeys,
    LeavesTheEffectOpen,
    ConnectsOnce,
}
