//! Properties and tables of exact money.

use proptest::prelude::*;

use super::*;

fn currency() -> impl Strategy<Value = Currency> {
    (0..Currency::all().len()).prop_map(|at| Currency::all()[at])
}

fn money() -> impl Strategy<Value = Money> {
    (any::<i64>(), currency()).prop_map(|(minor, currency)| Money::new(minor, currency))
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(money in money()) {
        prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn a_decimal_gives_the_same_amount_back(money in money()) {
        prop_assert_eq!(Money::from_decimal(money.to_decimal(), money.currency()).unwrap(), money);
        // An independent formatter agrees with ours.
        prop_assert_eq!(format!("{} {}", money.to_decimal(), money.currency()), money.to_string());
    }

    #[test]
    fn no_minor_unit_is_lost_or_made(money in money(), ratios in prop::collection::vec(any::<u32>(), 1..20)) {
        prop_assume!(ratios.iter().any(|ratio| *ratio > 0));
        let parts = money.allocate(&ratios).unwrap();
        prop_assert_eq!(parts.len(), ratios.len());
        let total: i128 = parts.iter().map(|part| i128::from(part.minor())).sum();
        prop_assert_eq!(total, i128::from(money.minor()));
        let whole: i128 = ratios.iter().map(|ratio| i128::from(*ratio)).sum();
        for (part, ratio) in parts.iter().zip(&ratios) {
            // Within one unit of the exact share.
            let off = i128::from(part.minor()) * whole - i128::from(money.minor()) * i128::from(*ratio);
            prop_assert!(off.abs() < whole, "{} of {} for {}", part, money, ratio);
        }
    }

    #[test]
    fn adding_then_taking_away_changes_nothing(a in any::<i64>(), b in any::<i64>(), currency in currency()) {
        let (a, b) = (Money::new(a, currency), Money::new(b, currency));
        match a.checked_add(b) {
            Ok(sum) => prop_assert_eq!(sum.checked_sub(b).unwrap(), a),
            Err(_) => prop_assert!(a.minor().checked_add(b.minor()).is_none()),
        }
    }

    #[test]
    fn reading_any_text_never_panics(text in ".*") {
        let _ = text.parse::<Money>();
    }
}

#[test]
fn parsing_is_strict() {
    for (text, minor) in [
        ("29.99 USD", 2999),
        ("29.9 USD", 2990),
        ("30 USD", 3000),
        ("-0.05 USD", -5),
        ("500 JPY", 500),
        ("1.250 KWD", 1250),
        ("0.0001 CLF", 1),
        ("-92233720368547758.08 USD", i64::MIN),
    ] {
        assert_eq!(text.parse::<Money>().unwrap().minor(), minor, "{text}");
    }
    for text in [
        "29.999 USD",
        "29.990 USD",
        "29.0 JPY",
        "29.99",
        "29.99USD",
        "29.99  USD",
        " 29.99 USD",
        "29.99 USD ",
        "29.99 usd",
        "29,99 USD",
        "1,000.00 USD",
        "+1.00 USD",
        ".99 USD",
        "1. USD",
        "01.00 USD",
        "1e3 USD",
        "NaN USD",
        "-- 1 USD",
        "- USD",
        "1.00 XXX",
        "92233720368547758.08 USD",
        "\u{0661}.00 USD",
    ] {
        assert!(text.parse::<Money>().is_err(), "{text}");
    }
}

#[test]
fn too_many_places_are_refused_with_the_reason() {
    let error = "29.999 USD".parse::<Money>().unwrap_err().to_string();
    assert!(error.contains("more decimal places than USD"), "{error}");
    let decimal = Decimal::new(105, 1);
    assert!(Money::from_decimal(decimal, Currency::JPY).is_err());
    assert!(Money::from_decimal(Decimal::MAX, Currency::USD).is_err());
    // 10.500 is 10.50: a zero is no place.
    let padded = Decimal::new(10_500, 3);
    assert_eq!(
        Money::from_decimal(padded, Currency::USD).unwrap().minor(),
        1050
    );
}

#[test]
fn arithmetic_neither_wraps_nor_mixes() {
    let most = Money::new(i64::MAX, Currency::USD);
    assert!(most.checked_add(Money::new(1, Currency::USD)).is_err());
    assert!(most.checked_mul(2).is_err());
    assert!(Money::new(i64::MIN, Currency::USD).checked_neg().is_err());
    let euro = Money::new(1, Currency::EUR);
    assert!(most.checked_sub(euro).is_err());
    assert!(most.checked_cmp(euro).is_err());
    assert_eq!(most.partial_cmp(&euro), None);
    assert!(Money::sum(Currency::USD, [most, euro]).is_err());
    assert_eq!(
        Money::sum(Currency::USD, []).unwrap(),
        Money::zero(Currency::USD)
    );
}

#[test]
fn the_largest_remainder_gets_the_unit_that_is_left() {
    let minors = |parts: Vec<Money>| parts.iter().map(|m| m.minor()).collect::<Vec<_>>();
    // 5 by 3:1:1 is 3, 1, 1 exactly; 7 by 3:1:1 is 4.2, 1.4, 1.4.
    let seven = Money::new(7, Currency::USD);
    assert_eq!(minors(seven.allocate(&[3, 1, 1]).unwrap()), [4, 2, 1]);
    let hundred = Money::new(-100, Currency::USD);
    assert_eq!(
        minors(hundred.allocate(&[1, 1, 1]).unwrap()),
        [-34, -33, -33]
    );
    assert_eq!(minors(seven.allocate(&[0, 1]).unwrap()), [0, 7]);
    assert!(seven.allocate(&[]).is_err());
    assert!(seven.allocate(&[0, 0]).is_err());
}
