// Package vault keeps a workspace's key: a file of 32 random bytes beside the
// data, readable by its owner alone. With it secrets are sealed that must be
// shown to others (the password of another record store), and from it come the
// keys with which others sign and hash.
//
// It stores nothing but the key file; what is sealed its callers keep. Secrets that are only ever compared are hashed by package access
// instead.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/liftmark/liftmark/internal/fault"
)

// FileName is the name of the key file within a workspace's directory. A backup
// without it can neither open what was sealed nor recognise erased people.
const FileName = "workspace.key"

const keySize = 32

// Key is a workspace's key.
type Key struct{ master []byte }

// Open reads the key of the workspace in dir and makes one when there is none.
//
// Errors: fault.Unavailable when it cannot be read or written, fault.Invalid
// when it is damaged or others may read it.
func Open(dir string) (Key, error) {
	key, err := Read(dir)
	if fault.KindOf(err) == fault.NotFound {
		return create(filepath.Join(dir, FileName))
	}
	return key, err
}

// Read reads the key of the workspace in dir and makes none: for a workspace
// that has had one.
//
// Errors: fault.NotFound when there is none, and those of Open.
func Read(dir string) (Key, error) {
	path := filepath.Join(dir, FileName)
	master, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, fault.New(fault.NotFound, "the workspace's key is missing: %w", err)
	}
	if err != nil {
		return Key{}, fault.New(fault.Unavailable, "cannot read the workspace's key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return Key{}, fault.New(fault.Unavailable, "cannot read the workspace's key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Key{}, fault.New(fault.Invalid, "%s can be read by others (mode %04o); run chmod 600 on it", path, info.Mode().Perm())
	}
	return New(master)
}

// New makes a key of 32 bytes.
//
// Errors: fault.Invalid for any other length.
func New(master []byte) (Key, error) {
	if len(master) != keySize {
		return Key{}, fault.New(fault.Invalid, "the workspace's key has %d bytes instead of %d; restore %s from a backup", len(master), keySize, FileName)
	}
	return Key{master: append([]byte(nil), master...)}, nil
}

// create writes the file whole under another name first: a crash leaves either
// no key or a complete one, and a key that another process made meanwhile wins.
func create(path string) (Key, error) {
	master := make([]byte, keySize)
	if _, err := rand.Read(master); err != nil {
		return Key{}, err
	}
	if err := writeNew(path, master); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return Open(filepath.Dir(path))
		}
		return Key{}, fault.New(fault.Unavailable, "cannot write the workspace's key: %w", err)
	}
	return New(master)
}

func writeNew(path string, data []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), ".key-") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part.Name()) }()
	_, err = part.Write(data)
	if err := errors.Join(err, part.Sync(), part.Close()); err != nil {
		return err
	}
	if err := os.Link(part.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Save writes the key into another directory that has none, as a backup does.
//
// Errors: fault.Conflict when there is a key, fault.Unavailable when it cannot
// be written.
func (k Key) Save(dir string) error {
	err := writeNew(filepath.Join(dir, FileName), k.master)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Conflict, "%s has a key already", dir)
	}
	if err != nil {
		return fault.New(fault.Unavailable, "cannot write the workspace's key: %w", err)
	}
	return nil
}

// Fingerprint tells keys apart and says nothing of them: what is kept beside
// data that need this key and no other, so that a lost one is noticed.
func (k Key) Fingerprint() string { return hex.EncodeToString(k.derive("fingerprint")[:16]) }

// Derive gives 32 bytes for one purpose, so that no two uses share a key: for
// packages that sign or hash by themselves.
func (k Key) Derive(purpose string) []byte { return k.derive("derived " + purpose) }

func (k Key) derive(purpose string) []byte {
	if k.master == nil {
		panic("vault: a zero Key")
	}
	key, err := hkdf.Key(sha256.New, k.master, nil, "liftmark "+purpose, keySize)
	if err != nil {
		panic(err) // the length is within what the hash allows
	}
	return key
}

// Seal encrypts a secret with AES-256-GCM. What is sealed opens with the same
// purpose only, so that it cannot be moved to another place and opened there.
func (k Key) Seal(purpose, secret string) string {
	gcm := k.cipher()
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(secret)+gcm.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return base64.RawStdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(secret), []byte(purpose)))
}

// Open decrypts what Seal gave.
//
// Errors: fault.Invalid when it was sealed with another key or for another
// purpose, or is damaged.
func (k Key) Open(purpose, sealed string) (string, error) {
	gcm := k.cipher()
	data, err := base64.RawStdEncoding.DecodeString(sealed)
	if err == nil && len(data) < gcm.NonceSize() {
		err = errors.New("too short")
	}
	if err != nil {
		return "", fault.New(fault.Invalid, "a sealed secret is damaged: %w; enter it again", err)
	}
	plain, err := gcm.Open(nil, data[:gcm.NonceSize()], data[gcm.NonceSize():], []byte(purpose))
	if err != nil {
		return "", fault.New(fault.Invalid, "a sealed secret does not open with this workspace's key: %w; enter it again", err)
	}
	return string(plain), nil
}

func (k Key) cipher() cipher.AEAD {
	block, err := aes.NewCipher(k.derive("seal"))
	if err != nil {
		panic(err) // the key has a valid length
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

// String shows nothing of the key, whatever prints it.
func (k Key) String() string { return fmt.Sprintf("vault.Key(%d bytes)", len(k.master)) }

// GoString is String.
func (k Key) GoString() string { return k.String() }
