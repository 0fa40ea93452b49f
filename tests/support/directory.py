"""A real directory: slapd, with people, groups and a certificate."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.components import folder, program, running
from tests.running import free_port
from tests.support.providers import certificate_for

BASE = "dc=example,dc=org"
ADMIN = f"cn=admin,{BASE}"
SECRET = "the secret of the directory"
PASSWORD = "anna's own password"

CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {place}/pid
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
database mdb
maxsize 16777216
suffix "{base}"
rootdn "{admin}"
rootpw "{secret}"
directory {place}/data
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by {readers} read by * auth
"""

PEOPLE = f"""\
dn: {BASE}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

dn: uid=anna,ou=people,{BASE}
objectClass: inetOrgPerson
uid: anna
cn: Anna Alm
sn: Alm
mail: Anna@example.org
userPassword: {PASSWORD}

dn: uid=berta (x)*,ou=people,{BASE}
objectClass: inetOrgPerson
uid: berta (x)*
cn: Berta
sn: Berg
mail: berta@example.org
userPassword: {PASSWORD}

dn: uid=nobody,ou=people,{BASE}
objectClass: inetOrgPerson
uid: nobody
cn: Without an address
sn: Nobody
userPassword: {PASSWORD}

dn: ou=elsewhere,ou=people,{BASE}
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:9/ou=people,{BASE}

dn: cn=Keepers,ou=groups,{BASE}
objectClass: groupOfNames
cn: Keepers
member: uid=anna,ou=people,{BASE}
member: uid=berta (x)*,ou=people,{BASE}

dn: cn=Circle,ou=groups,{BASE}
objectClass: groupOfNames
cn: Circle
member: cn=Circle,ou=groups,{BASE}
member: cn=Keepers,ou=groups,{BASE}
"""


@dataclass(frozen=True)
class Directory:
    """A directory that runs, and the certificate that it has."""

    port: int
    encrypted_port: int
    certificate: Path

    def settings(self, **changes: str) -> dict[str, str]:
        """Return the environment by which a server asks it."""
        given = {
            "url": f"ldap://127.0.0.1:{self.port}",
            "base": f"ou=people,{BASE}",
            "bind_dn": ADMIN,
            "bind_password": SECRET,
            "user_filter": "(|(uid={login})(mail={login}))",
            "group_base": f"ou=groups,{BASE}",
            "sign_up": "on",
            **changes,
        }
        environment = {f"RAGLAN_LDAP__{name.upper()}": value for name, value in given.items()}
        return {**environment, "RAGLAN_IDENTITY__CA_FILE": str(self.certificate)}


@contextmanager
def directory(*, readers: str = "users") -> Iterator[Directory]:
    """Run a directory that `readers` may search: users who are bound, or anonymous ones, too."""
    server = program("slapd", "slapd", "/usr/sbin/slapd")
    with folder() as place:
        (place / "data").mkdir()
        key, certificate = certificate_for(place)
        configuration, people = place / "slapd.conf", place / "people.ldif"
        configuration.write_text(
            CONFIGURATION.format(
                place=place,
                certificate=certificate,
                key=key,
                base=BASE,
                admin=ADMIN,
                secret=SECRET,
                readers=readers,
            )
        )
        people.write_text(PEOPLE)
        fill = [server, "-T", "add", "-f", str(configuration), "-l", str(people)]
        done = subprocess.run(fill, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = Directory(free_port(), free_port(), certificate)
        addresses = f"ldap://127.0.0.1:{found.port}/ ldaps://127.0.0.1:{found.encrypted_port}/"
        command = [server, "-f", str(configuration), "-h", addresses, "-d", "0"]

        def ready() -> None:
            socket.create_connection(("127.0.0.1", found.encrypted_port), timeout=1).close()

        with running(command, ready, found.port, place / "log"):
            yield found
