//! What is read from where, and what is said of it.
#![allow(clippy::unwrap_used)] // Helpers of tests, which clippy does not take for tests.

use super::*;
use crate::config::Problems;

const FIELDS: &[Field] = &[
    Field::text("client_id", "The client.")
        .env(&["ACME_ID", "ACME_CLIENT"])
        .required(),
    Field::secret("client_secret", "The secret.")
        .env(&["ACME_SECRET"])
        .required(),
    Field::integer("port", "The port.").default("80"),
    Field::bool("tls", "Whether to encrypt."),
    Field::list("scopes", "What to ask for."),
];

fn problems(layers: &Layers) -> Vec<Problem> {
    let error = layers.resolve("acme", FIELDS).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.detail::<Problems>().unwrap().0.clone()
}

#[test]
fn whether_an_integration_is_on_is_read_like_every_yes_or_no() {
    for (text, on) in [("1", true), ("Yes", true), ("0", false), ("off", false)] {
        let env = [("INTEGRATIONS__ACME__ENABLED", text)];
        let layers = Layers::new().with_env(env);
        let entries = layers.entries(&BTreeMap::new());
        assert_eq!(entries[0].enabled, on, "{text}");
    }
    let env = [("INTEGRATIONS__ACME__ENABLED", "maybe")];
    let problems = problems(&Layers::new().with_env(env));
    let enabled = problems
        .iter()
        .find(|problem| problem.field.as_deref() == Some("enabled"));
    assert_eq!(enabled.unwrap().kind, ProblemKind::Invalid);
}

#[test]
fn a_table_that_no_variable_can_spell_is_the_same_integration() {
    for name in ["my-store", "My_Store"] {
        let env = [
            ("INTEGRATIONS__MY_STORE__CLIENT_ID", "me"),
            ("INTEGRATIONS__MY_STORE__CLIENT_SECRET", "s"),
            ("INTEGRATIONS__MY_STORE__TYPO", "x"),
        ];
        let text = format!("[{name}]\nprovider = 'acme'");
        let layers = Layers::new().with_toml("a.toml", &text).unwrap();
        let layers = layers.with_env(env);
        let entries = layers.entries(&BTreeMap::new());
        let names: Vec<&str> = entries.iter().map(|entry| &*entry.name).collect();
        assert_eq!(names, [name]);
        let error = layers.resolve(name, FIELDS).unwrap_err();
        assert!(error.message().contains("typo"), "{error}");
    }
}

#[test]
fn long_names_are_read_in_any_case() {
    for spelled in [
        "INTEGRATIONS__ACME__client_secret",
        "INTEGRATIONS__acme__CLIENT_SECRET",
        "integrations__acme__client_secret",
        "Integrations__Acme__Client-Secret",
    ] {
        let layers = Layers::new().with_env([("ACME_ID", "i"), (spelled, "s")]);
        let names: Vec<_> = layers.entries(&BTreeMap::new());
        assert_eq!(names[0].name, "acme", "{spelled}");
        let settings = layers.resolve("acme", FIELDS).unwrap();
        let origin = settings.origin("client_secret");
        assert_eq!(origin, Some(&Origin::Env(spelled.to_owned())));
    }
    // What is about the integration is read like its fields.
    let env = [
        ("integrations__till__provider", "acme"),
        ("integrations__till__enabled", "no"),
    ];
    let entries = Layers::new().with_env(env).entries(&BTreeMap::new());
    assert_eq!((&*entries[0].provider, entries[0].enabled), ("acme", false));
    // The names of vendors are what they are, and what is no field is told as it is spelled.
    let env = [
        ("acme_id", "i"),
        ("ACME_SECRET", "s"),
        ("integrations__acme__colour", "red"),
    ];
    let problems = problems(&Layers::new().with_env(env));
    let kinds: Vec<_> = problems
        .iter()
        .map(|p| (p.field.as_deref().unwrap(), p.kind))
        .collect();
    let expected = [
        ("client_id", ProblemKind::Missing),
        ("colour", ProblemKind::Unknown),
    ];
    assert_eq!(kinds, expected);
    assert!(
        problems[1]
            .to_string()
            .contains("$integrations__acme__colour")
    );
}

#[test]
fn two_spellings_of_one_setting_are_an_error_that_names_both() {
    let env = [
        ("ACME_ID", "i"),
        ("INTEGRATIONS__ACME__CLIENT_SECRET", "one-s3cret"),
        ("INTEGRATIONS__ACME__client_secret", "two-s3cret"),
        ("INTEGRATIONS__ACME__ENABLED", "yes"),
        ("integrations__acme__enabled", "no"),
    ];
    let layers = Layers::new().with_env(env);
    let problems = problems(&layers);
    let fields: Vec<_> = problems
        .iter()
        .map(|p| (p.field.as_deref().unwrap(), p.kind))
        .collect();
    let expected = [
        ("client_secret", ProblemKind::Invalid),
        ("enabled", ProblemKind::Invalid),
    ];
    assert_eq!(fields, expected);
    let text = problems[0].to_string();
    for (variable, _) in &env[1..3] {
        assert!(text.contains(&format!("${variable}")), "{text}");
    }
    let survey = layers.survey("acme", FIELDS);
    let found = survey.iter().find(|one| one.field.name == "client_secret");
    assert!(matches!(&found.unwrap().found, Found::Wrong(_, why) if why.contains("one setting")));
    assert!(!format!("{problems:?} {survey:?}").contains("s3cret"));
}

#[test]
fn a_secret_in_a_list_that_is_shown_is_found() {
    let env = [("ACME_ID", "i"), ("ACME_SECRET", "s")];
    let text = "[acme]\nscopes = ['mail', 'sk_live_0123456789abcdef']";
    let layers = Layers::new().with_toml("a.toml", text).unwrap();
    let problems = problems(&layers.with_env(env));
    assert_eq!(problems[0].kind, ProblemKind::MisplacedSecret);
    assert!(!format!("{problems:?}").contains("0123456789"));
}

#[test]
fn one_error_names_everything_missing_and_wrong() {
    let layers = Layers::new()
        .with_toml("a.toml", "[acme]\nport = 'many'\ncolour = 'red'\ntls = 3")
        .unwrap();
    let found = problems(&layers);
    let fields: Vec<_> = found
        .iter()
        .map(|p| (p.field.as_deref().unwrap(), p.kind))
        .collect();
    assert_eq!(
        fields,
        [
            ("client_id", ProblemKind::Missing),
            ("client_secret", ProblemKind::Missing),
            ("port", ProblemKind::Invalid),
            ("tls", ProblemKind::Invalid),
            ("colour", ProblemKind::Unknown),
        ]
    );
    assert_eq!(
        found[0].to_string(),
        "acme.client_id: missing; set $ACME_ID or $ACME_CLIENT or $INTEGRATIONS__ACME__CLIENT_ID \
         or `client_id` under [acme] in a.toml"
    );
}

#[test]
fn later_layers_win() {
    let mut layers = Layers::new()
        .with_toml(
            "a.toml",
            "[acme]\nclient_id = 'file'\nclient_secret = 's'\nport = 1",
        )
        .unwrap();
    assert_eq!(
        layers.resolve("acme", FIELDS).unwrap().text("client_id"),
        Some("file")
    );
    layers = layers.with_env([("ACME_ID", "vendor"), ("INTEGRATIONS__ACME__PORT", "2")]);
    let settings = layers.resolve("acme", FIELDS).unwrap();
    assert_eq!(settings.text("client_id"), Some("vendor"));
    assert_eq!(
        settings.origin("port"),
        Some(&Origin::Env("INTEGRATIONS__ACME__PORT".into()))
    );
    layers.set("acme", "client_id", "now");
    assert_eq!(
        layers.resolve("acme", FIELDS).unwrap().text("client_id"),
        Some("now")
    );
}

#[test]
fn a_second_instance_does_not_take_the_vendors_names() {
    let layers = Layers::new()
        .with_toml(
            "a.toml",
            "[two]\nprovider = 'acme'\nclient_id = 'two'\nclient_secret = 's'",
        )
        .unwrap()
        .with_env([("ACME_ID", "one")]);
    assert_eq!(
        layers.resolve("two", FIELDS).unwrap().text("client_id"),
        Some("two")
    );
}

#[test]
fn entries_come_from_the_file_and_from_required_variables() {
    let known = BTreeMap::from([("acme", FIELDS)]);
    let names = |layers: &Layers| -> Vec<_> {
        layers
            .entries(&known)
            .into_iter()
            .map(|e| (e.name, e.enabled))
            .collect()
    };
    assert_eq!(names(&Layers::new().with_env([("PATH", "/bin")])), []);
    assert_eq!(
        names(&Layers::new().with_env([("ACME_SECRET", "s")])),
        [("acme".to_owned(), true)]
    );
    let file = Layers::new()
        .with_toml("a", "[b]\nprovider='acme'\nenabled=false")
        .unwrap();
    assert_eq!(names(&file), [("b".to_owned(), false)]);
}

#[test]
fn a_secret_in_a_shown_field_is_refused_without_repeating_it() {
    let mut layers = Layers::new();
    layers.set("acme", "client_id", "sk_live_4eC39HqLyjWDarjtT1");
    layers.set("acme", "client_secret", "hush-hush");
    let error = layers.resolve("acme", FIELDS).unwrap_err();
    assert!(!error.to_string().contains("4eC39"), "{error}");
    assert_eq!(problems(&layers)[0].kind, ProblemKind::MisplacedSecret);
    layers.set("acme", "client_id", "id");
    let shown = format!("{:?}", layers.resolve("acme", FIELDS).unwrap());
    assert!(!shown.contains("hush-hush"), "{shown}");
}

#[test]
fn a_provider_that_is_no_text_is_named_without_what_is_in_it() {
    for value in ["{ client_secret = 'hush-hush' }", "['hush-hush']"] {
        let text = format!("[two]\nprovider = {value}\ncolour = 'red'");
        let layers = Layers::new().with_toml("a.toml", &text).unwrap();
        let error = layers.resolve("two", FIELDS).unwrap_err();
        assert!(error.message().contains("two.colour: not a field of ("));
        let entries = layers.entries(&BTreeMap::new());
        assert!(!format!("{error} {error:?} {entries:?}").contains("hush-hush"));
    }
}

#[test]
fn malformed_toml_says_where_and_quotes_nothing() {
    let error = Layers::new()
        .with_toml("a.toml", "[acme]\nsecret = hush-hush\n")
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a.toml is not valid TOML at line 2"),
        "{error}"
    );
    assert!(!error.to_string().contains("hush-hush"), "{error}");
    assert!(Layers::new().with_toml("a.toml", "top = 1").is_err());
}

#[test]
fn lists_and_truths_are_read_from_text() {
    let layers = Layers::new().with_env([
        ("ACME_ID", "i"),
        ("ACME_SECRET", "s"),
        ("INTEGRATIONS__ACME__SCOPES", "read, write"),
        ("INTEGRATIONS__ACME__TLS", "on"),
    ]);
    #[derive(serde::Deserialize)]
    struct Acme {
        scopes: Vec<String>,
        tls: bool,
        port: u16,
    }
    let acme: Acme = layers.resolve("acme", FIELDS).unwrap().read().unwrap();
    assert_eq!(
        (acme.scopes, acme.tls, acme.port),
        (vec!["read".into(), "write".into()], true, 80)
    );
}

#[test]
fn a_survey_tells_where_values_are_and_never_the_values() {
    let layers = Layers::new()
        .with_toml(
            "a.toml",
            "[acme]\nclient_secret = 's3cret'\nport = 'many-s3cret'",
        )
        .unwrap()
        .with_env([("ACME_ID", "id-s3cret")]);
    let survey = layers.survey("acme", FIELDS);
    assert_eq!(survey.len(), FIELDS.len());
    let found = |name: &str| {
        let one = survey.iter().find(|one| one.field.name == name);
        one.unwrap().found.clone()
    };
    assert_eq!(
        found("client_id"),
        Found::Set(Origin::Env("ACME_ID".into()))
    );
    assert_eq!(
        found("client_secret"),
        Found::Set(Origin::File("a.toml".into()))
    );
    assert!(
        matches!(found("port"), Found::Wrong(Origin::File(_), _)),
        "{:?}",
        found("port")
    );
    assert!(!format!("{survey:?}").contains("s3cret"), "{survey:?}");
    // Of what is not configured it tells where it would be looked for.
    let survey = Layers::new().survey("acme", FIELDS);
    let missing = survey.iter().find_map(|one| match &one.found {
        Found::Missing(places) => Some(places.clone()),
        _ => None,
    });
    assert!(missing.unwrap().contains("$INTEGRATIONS__ACME__"));
}

#[test]
fn secrets_of_a_store_stand_between_the_file_and_the_environment() {
    let kept = |secret: &str| [("client_secret".to_owned(), secret.into())];
    let file = "[acme]\nclient_id = 'i'\nclient_secret = 'file'";
    let layers = Layers::new()
        .with_toml("a.toml", file)
        .unwrap()
        .with_kept("acme", kept("kept"));
    let settings = layers.resolve("acme", FIELDS).unwrap();
    let secret = |settings: &Settings| {
        use secrecy::ExposeSecret;
        settings
            .secret("client_secret")
            .unwrap()
            .expose_secret()
            .to_owned()
    };
    assert_eq!(secret(&settings), "kept");
    assert_eq!(settings.origin("client_secret"), Some(&Origin::Store));
    assert!(
        !format!("{layers:?} {settings:?}").contains("kept\""),
        "{layers:?}"
    );
    let layers = layers.with_env([("INTEGRATIONS__ACME__CLIENT_SECRET", "env")]);
    assert_eq!(secret(&layers.resolve("acme", FIELDS).unwrap()), "env");
    // A name that is no field is told, as everywhere.
    let layers = Layers::new()
        .with_toml("a.toml", file)
        .unwrap()
        .with_kept("acme", [("secret_kye".to_owned(), "x".into())]);
    let problems = problems(&layers);
    assert!(
        problems
            .iter()
            .any(|problem| problem.field.as_deref() == Some("secret_kye")),
        "{problems:?}"
    );
}

#[test]
fn secrets_that_cannot_be_had_are_a_problem_of_one_integration() {
    let file = "[acme]\nclient_id = 'i'\nclient_secret = 's'\n[other]\nclient_id = 'i'\nclient_secret = 's'";
    let layers = Layers::new()
        .with_toml("a.toml", file)
        .unwrap()
        .with_kept_problem("acme", "the record is damaged");
    let error = layers.resolve("acme", FIELDS).unwrap_err();
    assert!(
        error.to_string().contains("the record is damaged"),
        "{error}"
    );
    layers.resolve("other", FIELDS).unwrap();
}
