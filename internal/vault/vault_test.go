package vault_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/vault"
)

func open(t *testing.T, dir string) vault.Key {
	t.Helper()
	key, err := vault.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeyIsMadeOnceForItsOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	sealed := open(t, dir).Seal("p", "hush")
	if got, err := open(t, dir).Open("p", sealed); err != nil || got != "hush" {
		t.Errorf("the key read again opens %q, %v", got, err)
	}
	info, err := os.Stat(filepath.Join(dir, vault.FileName))
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Errorf("the key file is %v, %v", info, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the key lie %v, %v", entries, err)
	}
}

func TestKeyThatIsDamagedOrOpenToOthersIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	path := filepath.Join(dir, vault.FileName)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(dir); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a readable key gives %v", err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(dir); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a short key gives %v", err)
	}
}

func TestSealedSecretOpensOnlyWithKeyAndPurpose(t *testing.T) {
	key, other := open(t, t.TempDir()), open(t, t.TempDir())
	sealed := key.Seal("a", "hush")
	if again := key.Seal("a", "hush"); again == sealed {
		t.Error("sealing twice gives the same text: the nonce repeats")
	}
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || bytes.Contains(raw, []byte("hush")) || strings.Contains(sealed, "hush") {
		t.Errorf("the secret shows in %q, %v", sealed, err)
	}
	raw[len(raw)-1] ^= 1
	for name, open := range map[string]func() (string, error){
		"another key":     func() (string, error) { return other.Open("a", sealed) },
		"another purpose": func() (string, error) { return key.Open("b", sealed) },
		"a flipped bit":   func() (string, error) { return key.Open("a", base64.RawStdEncoding.EncodeToString(raw)) },
		"nothing":         func() (string, error) { return key.Open("a", "") },
		"no base64":       func() (string, error) { return key.Open("a", "!!!") },
	} {
		if got, err := open(); fault.KindOf(err) != fault.Invalid || got != "" {
			t.Errorf("%s gives %q, %v", name, got, err)
		}
	}
}

func TestDerivedKeysDifferByPurposeAndWorkspace(t *testing.T) {
	dir := t.TempDir()
	key, other := open(t, dir), open(t, t.TempDir())
	a := key.Derive("a")
	if len(a) != 32 || !bytes.Equal(a, open(t, dir).Derive("a")) {
		t.Error("a derived key is not the same again")
	}
	if bytes.Equal(a, key.Derive("b")) || bytes.Equal(a, other.Derive("a")) {
		t.Error("derived keys repeat")
	}
}

func TestPrintingAKeyShowsNothingOfIt(t *testing.T) {
	dir := t.TempDir()
	key := open(t, dir)
	master, err := os.ReadFile(filepath.Join(dir, vault.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, key); strings.Contains(got, fmt.Sprint(master[0])+" ") || !strings.Contains(got, "32 bytes") {
			t.Errorf("%s prints %s", format, got)
		}
	}
}

func TestReadingMakesNoKey(t *testing.T) {
	dir := t.TempDir()
	if _, err := vault.Read(dir); fault.KindOf(err) != fault.NotFound {
		t.Errorf("without a key: %v, want that it is not found", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("there are %v now, %v", entries, err)
	}
	made := open(t, dir)
	if read, err := vault.Read(dir); err != nil || read.Fingerprint() != made.Fingerprint() {
		t.Errorf("the key that was made is another than the one that is read, %v", err)
	}
}

func TestSavedKeyIsTheSame(t *testing.T) {
	key, dir := open(t, t.TempDir()), t.TempDir()
	if err := key.Save(dir); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, dir).Open("p", key.Seal("p", "hush")); err != nil || got != "hush" {
		t.Errorf("the saved key opens %q, %v", got, err)
	}
	if err := open(t, t.TempDir()).Save(dir); fault.KindOf(err) != fault.Conflict {
		t.Errorf("over another key: %v, want a conflict", err)
	}
	if open(t, dir).Fingerprint() != key.Fingerprint() {
		t.Error("the key was overwritten")
	}
}

func TestFingerprintTellsKeysApartAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	key := open(t, dir)
	master, err := os.ReadFile(filepath.Join(dir, vault.FileName))
	if err != nil {
		t.Fatal(err)
	}
	print := key.Fingerprint()
	raw, err := hex.DecodeString(print)
	if err != nil || len(raw) != 16 || bytes.Contains(master, raw[:4]) {
		t.Errorf("the fingerprint is %q, %v", print, err)
	}
	if print == open(t, t.TempDir()).Fingerprint() || bytes.HasPrefix(key.Derive("fingerprint"), raw) {
		t.Error("the fingerprint is that of another key, or a key that others use")
	}
}
