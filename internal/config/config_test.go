package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
)

func workspace(t *testing.T, file string) func(*config.Config) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(c *config.Config) { c.Data = dir }
}

func TestPrecedence(t *testing.T) {
	inDir := workspace(t, "currency: EUR\nzone: Europe/Berlin\nthreads: 3\n")
	t.Setenv("LIFTMARK_ZONE", "Asia/Tokyo")
	t.Setenv("LIFTMARK_THREADS", "2")
	c, err := config.Load(func(c *config.Config) { inDir(c); c.Threads = 1 })
	if err != nil {
		t.Fatal(err)
	}
	if c.Company != "Your company" || c.Currency != "EUR" || c.Zone != "Asia/Tokyo" || c.Threads != 1 {
		t.Errorf("default, file, environment and flag give %+v", c)
	}
}

func TestEveryProblemAtOnce(t *testing.T) {
	_, err := config.Load(workspace(t, "currency: dollars\nzone: Mars/Olympus\nrates: {EUR: 0}\nmemory_mib: 1\n"))
	if fault.KindOf(err) != fault.Invalid {
		t.Fatalf("got %v, want invalid input", err)
	}
	for _, want := range []string{"currency", "zone", "EUR", "memory_mib"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in: %v", want, err)
		}
	}
}

func TestUnknownKeyNamesItsLine(t *testing.T) {
	_, err := config.Load(workspace(t, "company: Acme\ncurency: EUR\n"))
	if err == nil || !strings.Contains(err.Error(), "curency") || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v, want the key and its line", err)
	}
}

func TestServerSettings(t *testing.T) {
	inDir := workspace(t, "server:\n  listen: 0.0.0.0:9000\n  origins: [\"https://learn.example.com\"]\n")
	t.Setenv("LIFTMARK_MAX_REQUESTS", "64")
	c, err := config.Load(inDir)
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Listen != "0.0.0.0:9000" || c.Server.Origins[0] != "https://learn.example.com" || c.Server.MaxRequests != 64 || c.Server.MaxBodyMiB != 32 {
		t.Errorf("file, environment and default give %+v", c.Server)
	}
	_, err = config.Load(workspace(t, "server: {listen: here, public_url: liftmark, trusted_proxies: [10.0.0.1], origins: [\"https://a.example/path\"], max_requests: -1, max_body_mib: -1}\n"))
	for _, want := range []string{"listen", "public_url", "trusted_proxies", "origins"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in: %v", want, err)
		}
	}
}
