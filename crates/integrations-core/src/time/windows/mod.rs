//! Time zones by the names that Windows, Exchange and Microsoft Graph have for them.

mod table;

use jiff::tz::TimeZone;

use self::table::{FROM_WINDOWS, TO_WINDOWS};
use super::TzId;
use crate::error::{Error, Result};

/// Names that Windows has had since 2026 and the CLDR not yet, for reading: as tzlocal 5.4.5 has
/// them.
const NEWER: [(&str, &str); 3] = [
    ("Alberta Standard Time", "America/Edmonton"),
    ("British Columbia Standard Time", "America/Vancouver"),
    ("Manitoba Standard Time", "America/Winnipeg"),
];

impl TzId {
    /// A zone by its Windows name, for example `W. Europe Standard Time`. Windows has one name for
    /// several zones; a territory (ISO 3166, for example `CH`) tells which of them is meant, and
    /// without one, or where the name is not of that territory, it is the zone that the CLDR has for
    /// the world.
    ///
    /// ```
    /// use integrations_core::time::TzId;
    ///
    /// let zone = |territory| TzId::from_windows("W. Europe Standard Time", territory);
    /// assert_eq!(zone(None)?.iana.as_deref(), Some("Europe/Berlin"));
    /// assert_eq!(zone(Some("CH"))?.iana.as_deref(), Some("Europe/Zurich"));
    /// assert_eq!(&*zone(Some("CH"))?.raw, "W. Europe Standard Time");
    ///
    /// // What is not known is an error, and never UTC.
    /// assert!(TzId::from_windows("Customized Time Zone", None).is_err());
    /// # Ok::<_, integrations_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for a name that Windows does not have.
    pub fn from_windows(name: &str, territory: Option<&str>) -> Result<Self> {
        let territory = territory.unwrap_or("001");
        let of_name = |(windows, _, _): &&(&str, &str, &str)| windows.eq_ignore_ascii_case(name);
        let rows = FROM_WINDOWS.iter().filter(of_name);
        let of_place = rows
            .clone()
            .find(|(_, place, _)| place.eq_ignore_ascii_case(territory));
        let of_world = rows.clone().find(|(_, place, _)| *place == "001");
        let newer = NEWER.iter().find(|(new, _)| new.eq_ignore_ascii_case(name));
        let iana = of_place.or(of_world).map(|(_, _, iana)| *iana);
        let iana = iana.or(newer.map(|(_, iana)| *iana)).ok_or_else(|| {
            Error::invalid_input(format!("Windows has no time zone of the name {name:?}"))
        })?;
        Ok(Self {
            iana: Some(iana.into()),
            raw: name.into(),
        })
    }

    /// The name that Windows has for the zone. Names that the IANA database has replaced are known,
    /// such as `Asia/Calcutta`.
    ///
    /// ```
    /// use integrations_core::time::TzId;
    ///
    /// assert_eq!(TzId::iana("Europe/Zurich").to_windows()?, "W. Europe Standard Time");
    /// assert_eq!(TzId::iana("Asia/Calcutta").to_windows()?, "India Standard Time");
    /// assert_eq!(TzId::iana("Asia/Kolkata").to_windows()?, "India Standard Time");
    /// # Ok::<_, integrations_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` for a zone for which Windows has no name, such as `Antarctica/Troll`.
    pub fn to_windows(&self) -> Result<&'static str> {
        let name = self.iana.as_deref().unwrap_or(&self.raw);
        let of_name = |(iana, _): &&(&str, &str)| iana.eq_ignore_ascii_case(name);
        match TO_WINDOWS.iter().find(of_name) {
            Some((_, windows)) => Ok(windows),
            None => Err(Error::unsupported(format_args!(
                "the time zone {name:?}, for which Windows has no name,"
            ))),
        }
    }

    /// A zone by whatever name it has: an IANA name, a Windows name, or one behind slashes, as
    /// programs write that put their own name before it
    /// (`/freeassociation.sourceforge.net/Europe/Berlin`). A name that none of these is, is kept as
    /// [`unknown`](Self::unknown), and is an error when a time is read in it.
    ///
    /// ```
    /// use integrations_core::time::TzId;
    ///
    /// assert_eq!(TzId::named("Tokyo Standard Time").iana.as_deref(), Some("Asia/Tokyo"));
    /// assert_eq!(TzId::named("/example.org/2026/Asia/Tokyo").iana.as_deref(), Some("Asia/Tokyo"));
    /// assert!(TzId::named("tzone://Microsoft/Custom").time_zone().is_err());
    /// ```
    #[must_use]
    pub fn named(raw: &str) -> Self {
        let known = |name: &str| TimeZone::get(name).is_ok();
        let with = |iana: &str| Self {
            iana: Some(iana.into()),
            raw: raw.into(),
        };
        if known(raw) {
            return with(raw);
        }
        if let Ok(zone) = Self::from_windows(raw, None) {
            return zone;
        }
        // RFC 5545, section 3.8.3.1: a slash says that the name is of a register; which one, its
        // writer knows. The longest name that is one is it.
        if let Some(mut rest) = raw.strip_prefix('/') {
            while let Some((_, behind)) = rest.split_once('/') {
                // One word may be anything, such as the name of a city.
                if behind.contains('/') && known(behind) {
                    return with(behind);
                }
                rest = behind;
            }
        }
        Self::unknown(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_windows_is_a_zone_and_comes_back() {
        for (windows, territory, iana) in FROM_WINDOWS {
            let zone = TzId::from_windows(windows, Some(territory)).unwrap();
            assert_eq!(zone.iana.as_deref(), Some(*iana));
            assert_eq!(zone.to_windows().unwrap(), *windows, "{iana}");
            zone.time_zone().unwrap();
        }
    }

    #[test]
    fn a_territory_without_the_name_has_that_of_the_world() {
        // Japan has no W. Europe Standard Time.
        let zone = TzId::from_windows("w. europe standard time", Some("JP")).unwrap();
        assert_eq!(zone.iana.as_deref(), Some("Europe/Berlin"));
    }

    #[test]
    fn names_that_are_none_are_errors_and_never_utc() {
        // The names of Microsoft's documentation for zones that have rules of their own.
        for name in [
            "Customized Time Zone",
            "tzone://Microsoft/Custom",
            "",
            "/",
            "//",
            "Berlin",
        ] {
            assert!(TzId::from_windows(name, None).is_err(), "{name}");
            let zone = TzId::named(name);
            assert_eq!((zone.iana.as_deref(), &*zone.raw), (None, name));
            assert!(zone.time_zone().is_err(), "{name}");
        }
        let error = TzId::iana("Antarctica/Troll").to_windows().unwrap_err();
        assert!(error.to_string().contains("Antarctica/Troll"), "{error}");
    }
}
