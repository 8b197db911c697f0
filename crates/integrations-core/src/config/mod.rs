//! Configuration: what a provider needs to know, where it is looked for, and one error that names
//! everything missing or wrong.
//!
//! A provider describes its [`Field`]s: names, environment variables, which are secret. The values
//! come in layers, and a later one wins: defaults, `integrations.toml`, the environment, updates at
//! run time. [`Layers::resolve`] gives the [`Settings`] of one integration, which a provider reads
//! into its own typed configuration.
//!
//! ```
//! use integrations_core::config::{Field, Layers};
//!
//! const FIELDS: &[Field] = &[
//!     Field::text("bucket", "The bucket's name.").env(&["AWS_S3_BUCKET"]).required(),
//!     Field::text("region", "The region.").env(&["AWS_DEFAULT_REGION"]).default("us-east-1"),
//! ];
//!
//! let layers = Layers::new()
//!     .with_toml("integrations.toml", "[s3]\nbucket = 'photos'\nregion = 'eu-west-1'\n")?
//!     .with_env([("AWS_DEFAULT_REGION", "eu-central-1")]);
//! let settings = layers.resolve("s3", FIELDS)?;
//!
//! #[derive(serde::Deserialize)]
//! struct S3 { bucket: String, region: String }
//! let config: S3 = settings.read()?;
//! assert_eq!((config.bucket.as_str(), config.region.as_str()), ("photos", "eu-central-1"));
//! # Ok::<_, integrations_core::Error>(())
//! ```
//!
//! # The file
//!
//! One table for each integration, named after it. `provider` names the kind when the table has
//! another name, so that a provider can be configured twice; `enabled = false` switches one off.
//!
//! ```toml
//! [s3]
//! bucket = "photos"
//!
//! [archive]
//! provider = "s3"
//! bucket = "archive"
//! enabled = false
//! ```
//!
//! # The environment
//!
//! Each field has the names that its vendor's tools use (`AWS_S3_BUCKET`), and any field of any
//! integration can be set as `INTEGRATIONS__<NAME>__<FIELD>`, in any case:
//! `INTEGRATIONS__ARCHIVE__BUCKET`. The vendor's names apply to the integration that has its
//! provider's own name; further ones are told apart by the long form only.

mod field;
mod layers;
#[cfg(feature = "guard")]
mod policy;
mod problem;
mod settings;
mod value;

pub use field::{Field, FieldKind};
pub use layers::{Entry, Found, Layers, Surveyed};
#[cfg(feature = "guard")]
pub use policy::guarded;
pub use problem::{Problem, ProblemKind, Problems};
pub use settings::{Origin, Settings};
