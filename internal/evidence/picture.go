package evidence

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/internal/reference"
)

// Picture fails unless docs/method/picture/<slug>.svg is the chart, so that no
// page shows what the library no longer computes. With LIFTMARK_PICTURES=1 it
// writes the file instead. Coordinates are rounded to a tenth of a pixel, which
// no difference in rounding between machines reaches.
func Picture(t testing.TB, slug string, c picture.Chart) {
	t.Helper()
	svg := c.SVG()
	path := filepath.Join(reference.Root(t), "docs", "method", "picture", slug+".svg")
	if os.Getenv("LIFTMARK_PICTURES") == "1" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(svg), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if drawn, err := os.ReadFile(path); err != nil || string(drawn) != svg {
		t.Errorf("%s.svg is not what the library draws (%v); run make pictures", slug, err)
	}
}
