//! The examples of the README and of the guide: `cargo test --doc` compiles each, and runs those
//! that can be run.

/// A page whose examples are tests.
macro_rules! pages {
    ($($name:ident $path:literal;)+) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($path)]
            pub mod $name {}
        )+
    };
}

pages! {
    readme "../README.md";
    getting_started "../docs/guide/src/getting-started.md";
    errors_and_retries "../docs/guide/src/errors-and-retries.md";
    caching "../docs/guide/src/caching.md";
    mirror "../docs/guide/src/mirror.md";
    capsules "../docs/guide/src/capsules.md";
    credentials "../docs/guide/src/credentials.md";
    configuration "../docs/guide/src/configuration.md";
    calendar "../docs/guide/src/categories/calendar.md";
    payment "../docs/guide/src/categories/payment.md";
    video "../docs/guide/src/categories/video.md";
    email "../docs/guide/src/categories/email.md";
    storage "../docs/guide/src/categories/storage.md";
    auth "../docs/guide/src/categories/auth.md";
    testing "../docs/guide/src/testing.md";
    add_a_provider "../docs/guide/src/add-a-provider.md";
    add_a_category "../docs/guide/src/add-a-category.md";
}
