//! Servers that speak CalDAV.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::process::{Started, data_folder, end, free_ports, spawn};
use super::python::environment;
use crate::run as run_command;

/// A small server in Python that keeps what it is given.
const RADICALE: &str = "3.9.0";
/// One that keeps calendars as Git repositories.
const XANDIKOS: &str = "0.4.10";

/// The accounts of the tests, and their password.
const PEOPLE: [&str; 2] = ["alice", "bob"];
const PASSWORD: &str = "secret";

/// A client that nobody here wrote.
const PYTHON_CALDAV: &str = "3.6.0";

/// Where the tests find the Python that has it.
pub(super) const PYTHON_CALDAV_VARIABLE: &str = "INTEGRATIONS_PYTHON_CALDAV";
const RADICALE_VARIABLE: &str = "INTEGRATIONS_RADICALE_ENDPOINT";
const XANDIKOS_VARIABLE: &str = "INTEGRATIONS_XANDIKOS_ENDPOINT";
const CYRUS_VARIABLE: &str = "INTEGRATIONS_CYRUS_ENDPOINT";

/// An environment of Python with one package.
fn python(home: &Path, package: &str, version: &str) -> Result<PathBuf, String> {
    let wanted = format!("{package}=={version}");
    environment(home, &format!("{package}-{version}"), &[&wanted])
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The Python that has the other client.
pub(super) fn python_caldav(home: &Path) -> Result<PathBuf, String> {
    Ok(python(home, "caldav", PYTHON_CALDAV)?.join("bin/python"))
}

pub(super) fn radicale(home: &Path) -> Result<Started, String> {
    let python = python(home, "radicale", RADICALE)?;
    let folder = data_folder(home, "radicale")?;
    let [port] = free_ports()?;
    let users: String = PEOPLE
        .iter()
        .map(|name| format!("{name}:{PASSWORD}\n"))
        .collect();
    write(&folder.join("users"), &users)?;
    let config = format!(
        "[server]\nhosts = 127.0.0.1:{port}\n\
         [auth]\ntype = htpasswd\nhtpasswd_filename = users\nhtpasswd_encryption = plain\n\
         delay = 0\n\
         [storage]\nfilesystem_folder = collections\n\
         [rights]\ntype = owner_only\n"
    );
    write(&folder.join("config"), &config)?;
    let mut command = Command::new(python.join("bin/python"));
    command
        .args(["-m", "radicale", "-C", "config"])
        .current_dir(&folder);
    spawn(command, &[(RADICALE_VARIABLE, port)], folder)
}

pub(super) fn xandikos(home: &Path) -> Result<Started, String> {
    let python = python(home, "xandikos", XANDIKOS)?;
    let folder = data_folder(home, "xandikos")?;
    let [port] = free_ports()?;
    // As a module: a script names the folder that it was installed from.
    let mut command = Command::new(python.join("bin/python"));
    command
        .args(["-m", "xandikos", "serve", "--defaults", "-d", "collections"])
        .args(["--state-dir", "state"])
        .args(["-l", "127.0.0.1", "-p", &port.to_string()])
        .args(["--current-user-principal", "/alice/"])
        .current_dir(&folder);
    spawn(command, &[(XANDIKOS_VARIABLE, port)], folder)
}

/// The programs of the packages `cyrus-imapd` and `cyrus-caldav`.
const CYRUS: &str = "/usr/lib/cyrus/bin/master";

/// Cyrus is a daemon of the system: it is used where its packages are, and by root, who alone can
/// become its user.
pub(super) fn cyrus() -> Result<Started, String> {
    if !Path::new(CYRUS).exists() {
        return Err(
            "the packages cyrus-imapd, cyrus-caldav, cyrus-admin and sasl2-bin are \
                    missing (apt-get install --no-install-recommends)"
                .to_owned(),
        );
    }
    // Not below the other counterparts: its user has to reach it, and paths of sockets are short.
    let folder = std::env::temp_dir().join(format!("cyrus-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    for name in ["config", "spool", "run/socket", "run/proc", "run/lock"] {
        let path = folder.join(name);
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let at = folder.display();
    let [imap, http] = free_ports()?;
    // No option may be empty: the master ends without a word then. Digest is left out: neither curl
    // nor PyPI `caldav` can complete the one that Cyrus offers.
    let imapd = format!(
        "configdirectory: {at}/config\npartition-default: {at}/spool\nadmins: admin\n\
         servername: localhost\nvirtdomains: off\nunixhierarchysep: no\n\
         httpmodules: caldav freebusy\ncaldav_allowscheduling: yes\ncaldav_create_default: yes\n\
         caldav_create_sched: yes\ncalendar_user_address_set: example.com\nallowplaintext: yes\n\
         sasl_mech_list: PLAIN\nsasl_pwcheck_method: auxprop\nsasl_auxprop_plugin: sasldb\n\
         sasl_sasldb_path: {at}/config/sasldb2\nautocreate_quota: 0\nautocreate_post: yes\n\
         lmtpsocket: {at}/run/socket/lmtp\nidlesocket: {at}/run/socket/idle\n\
         notifysocket: {at}/run/socket/notify\nproc_path: {at}/run/proc\n\
         mboxname_lockpath: {at}/run/lock\nsendmail: /bin/true\ntls_server_cert: disabled\n\
         tls_server_key: disabled\n"
    );
    write(&folder.join("imapd.conf"), &imapd)?;
    // Each program reads the system's own configuration unless it is told.
    let with = format!("-C {at}/imapd.conf");
    let services = format!(
        "START {{ recover cmd=\"ctl_cyrusdb {with} -r\" }}\n\
         SERVICES {{\n imap cmd=\"imapd {with}\" listen=\"127.0.0.1:{imap}\" prefork=0\n \
         http cmd=\"httpd {with}\" listen=\"127.0.0.1:{http}\" prefork=0\n}}\n"
    );
    write(&folder.join("cyrus.conf"), &services)?;
    for name in PEOPLE.iter().chain(&["admin"]) {
        password(&folder, name)?;
    }
    let mut own = Command::new("chown");
    run_command(own.args(["-R", "cyrus:mail"]).arg(&folder))?;
    let mut command = Command::new(CYRUS);
    command
        .arg("-C")
        .arg(folder.join("imapd.conf"))
        .arg("-M")
        .arg(folder.join("cyrus.conf"))
        .arg("-p")
        .arg(folder.join("master.pid"))
        .arg("-D");
    let served = [("INTEGRATIONS_CYRUS_IMAP", imap), (CYRUS_VARIABLE, http)];
    let mut started = spawn(command, &served, folder)?;
    started.env.retain(|(name, _)| *name == CYRUS_VARIABLE);
    // Without an inbox every request of an account is answered with 500.
    if let Err(why) = inboxes(imap) {
        end(&mut started.child);
        let _ = fs::remove_dir_all(&started.folder);
        return Err(why);
    }
    Ok(started)
}

/// Records a password, which the program reads from its input.
fn password(folder: &Path, name: &str) -> Result<(), String> {
    use std::io::Write;
    let failed = |error: std::io::Error| format!("saslpasswd2: {error}");
    let mut child = Command::new("saslpasswd2")
        .args(["-p", "-c", "-u", "localhost", "-f"])
        .arg(folder.join("config/sasldb2"))
        .arg(name)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(PASSWORD.as_bytes()).map_err(failed)?;
    }
    let status = child.wait().map_err(failed)?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("saslpasswd2 ended with {status}")),
    }
}

/// Makes the accounts, as the administrator, over IMAP (RFC 3501, section 6.3.3).
fn inboxes(port: u16) -> Result<(), String> {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{Ipv4Addr, TcpStream};
    let failed = |error: std::io::Error| format!("Cyrus' accounts cannot be made: {error}");
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let limit = Some(Duration::from_secs(20));
    socket.set_read_timeout(limit).map_err(failed)?;
    let mut lines = BufReader::new(socket.try_clone().map_err(failed)?);
    let mut socket = socket;
    let login = format!("LOGIN admin {PASSWORD}");
    let create = PEOPLE.iter().map(|name| format!("CREATE user.{name}"));
    for (count, order) in std::iter::once(login).chain(create).enumerate() {
        write!(socket, "a{count} {order}\r\n").map_err(failed)?;
        let started = Instant::now();
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).map_err(failed)?;
            if let Some(answer) = line.strip_prefix(&format!("a{count} ")) {
                match answer.starts_with("OK") {
                    true => break,
                    false => return Err(format!("Cyrus refuses an account: {answer}")),
                }
            }
            if line.is_empty() || started.elapsed() > Duration::from_secs(20) {
                return Err("Cyrus does not answer to its administrator".to_owned());
            }
        }
    }
    Ok(())
}
