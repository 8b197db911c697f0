//! Whose users may sign in, where one issuer serves many organisations.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, Result};

/// The tenants of Microsoft Entra whose users an application takes. The endpoints `common` and
/// `organizations` sign in users of *every* organisation in the world: whose accounts the
/// application opens is for it to say.
///
/// ```
/// use integrations_core::auth::AllowedTenants;
///
/// let ours = AllowedTenants::these(["11111111-2222-3333-4444-555555555555"])?;
/// // A domain is not an id: it can change hands.
/// assert!(AllowedTenants::these(["contoso.example"]).is_err());
/// # let _ = ours; Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllowedTenants {
    /// Every one, and personal accounts too.
    Any,
    /// Every organisation, and no personal account.
    Organizations,
    /// These alone, by their ids.
    These(BTreeSet<Uuid>),
}

/// What stands for the tenant in an issuer of Entra.
const PLACE: &str = "{tenantid}";

impl AllowedTenants {
    /// The tenant of all personal Microsoft accounts.
    pub const CONSUMERS: Uuid = Uuid::from_u128(0x9188_040d_6c67_4c5b_b112_36a3_04b6_6dad);

    /// These tenants alone, by their ids in the form `00000000-0000-0000-0000-000000000000`.
    ///
    /// # Errors
    /// `InvalidInput` for what is no such id, and when there is none: it would lock everybody out.
    pub fn these<S: AsRef<str>>(ids: impl IntoIterator<Item = S>) -> Result<Self> {
        let id = |text: S| {
            let text = text.as_ref();
            tenant_id(&text.to_ascii_lowercase()).ok_or_else(|| {
                Error::invalid_input(format!("{text:?} is not the id of a tenant, a GUID"))
                    .with_advice("take the directory (tenant) id from the Entra admin centre")
            })
        };
        let ids: BTreeSet<Uuid> = ids.into_iter().map(id).collect::<Result<_>>()?;
        if ids.is_empty() {
            return Err(Error::invalid_input("no tenant is allowed to sign in"));
        }
        Ok(Self::These(ids))
    }

    /// Personal Microsoft accounts alone.
    #[must_use]
    pub fn consumers() -> Self {
        Self::These(BTreeSet::from([Self::CONSUMERS]))
    }

    /// Whether users of a tenant may sign in.
    #[must_use]
    pub fn allows(&self, tenant: Uuid) -> bool {
        match self {
            Self::Any => true,
            Self::Organizations => tenant != Self::CONSUMERS,
            Self::These(ids) => ids.contains(&tenant),
        }
    }
}

/// The tenant that claims name.
pub(super) fn tenant_of(claims: &Value) -> Option<Uuid> {
    tenant_id(claims.get("tid")?.as_str()?)
}

/// The issuer of a tenant. An issuer that names no place for one is the same for all.
pub(super) fn issuer_of(template: &str, tenant: Uuid) -> String {
    template.replace(PLACE, &tenant.hyphenated().to_string())
}

/// An id as Entra writes it, and no other spelling of it: 36 characters, lower case.
fn tenant_id(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().to_string() == text).then_some(id)
}
