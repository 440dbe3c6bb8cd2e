"""What reading a zip can raise."""

import struct
import zipfile
import zlib

#: All that `zipfile` raises at damaged or hostile bytes. Its documentation promises BadZipFile
#: alone; the others come from its insides: names without a letter (IndexError), cut fields
#: (struct.error), undecodable names and impossible offsets (ValueError, OverflowError, OSError),
#: sizes that no memory has (MemoryError), passwords and methods (RuntimeError, of which
#: NotImplementedError is one), and streams that break off (zlib.error, EOFError).
DAMAGED_ZIP: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    MemoryError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
