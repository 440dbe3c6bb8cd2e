"""Programs that look for a way out of the machine, or to its servers, by every family."""

from tests.sandbox.attack import AS_ROOT, Attack


def _socket(name: str, family: str, kind: str, protocol: int = 0, bare: str = "") -> Attack:
    return Attack(
        name,
        f"""
        try:
            socket.socket(socket.{family}, socket.{kind}, {protocol})
            print("REACHED")
        except OSError as error:
            missing = (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT)
            print("ABSENT socket {family} {kind} {protocol}" if error.errno in missing else error)
        """,
        **({"bare": AS_ROOT, "why": bare} if bare else {}),
    )


NETWORK = (
    Attack(
        "connects by TCP",
        """
        socket.create_connection(("127.0.0.1", aim["tcp"]), 2)
        print("REACHED")
        """,
    ),
    Attack(
        "sends by UDP",
        """
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendto(b"x", ("127.0.0.1", aim["udp"]))
        print("REACHED")
        """,
    ),
    Attack(
        "opens a server",
        """
        socket.create_server(("127.0.0.1", 0))
        print("REACHED")
        """,
    ),
    Attack(
        "connects by TCP without connect",
        """
        MSG_FASTOPEN = 0x20000000
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.sendto(b"x", MSG_FASTOPEN, ("127.0.0.1", aim["tcp"]))
        print("REACHED")
        """,
    ),
    _socket("makes an IPv6 socket", "AF_INET6", "SOCK_STREAM"),
    _socket("makes a socket for many paths", "AF_INET", "SOCK_STREAM", 262),
    Attack(
        "connects to a Unix socket by path",
        """
        s = socket.socket(socket.AF_UNIX)
        s.connect(aim["unix"])
        print("REACHED")
        """,
    ),
    Attack(
        "connects to an abstract Unix socket",
        r"""
        s = socket.socket(socket.AF_UNIX)
        s.connect("\0" + aim["abstract"])
        print("REACHED")
        """,
    ),
    Attack(
        "sends to a Unix socket of datagrams",
        """
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.sendto(b"x", aim["datagrams"])
        print("REACHED")
        """,
    ),
    _socket("talks to the kernel by netlink", "AF_NETLINK", "SOCK_RAW"),
    _socket("makes a socket to the hypervisor", "AF_VSOCK", "SOCK_STREAM"),
    _socket("makes a kernel crypto socket", "AF_ALG", "SOCK_SEQPACKET"),
    _socket(
        "makes a packet socket",
        "AF_PACKET",
        "SOCK_RAW",
        bare="ordinary users may not",
    ),
    _socket(
        "makes a raw socket",
        "AF_INET",
        "SOCK_RAW",
        1,
        bare="ordinary users may not",
    ),
    Attack(
        "tries every family of sockets",
        """
        for family in range(2, 60):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
                try:
                    socket.socket(family, kind)
                    print("REACHED")
                except OSError:
                    pass
        """,
    ),
    Attack(
        "makes a network interface",
        """
        handle = os.open("/dev/net/tun", os.O_RDWR)
        print("REACHED")
        """,
        bare=AS_ROOT,
        why="ordinary users have no network of their own",
    ),
)
