package stat_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// family is a sub-package as its source shows it.
type family struct {
	functions       []string // exported, without receiver, as "package.Name"
	names           []string // all exported names, as "package.Name"
	documented      bool
	source, testing string
}

func families(t *testing.T) map[string]*family {
	t.Helper()
	found := map[string]*family{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && d.Name() == "internal" {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || filepath.Dir(path) == "." {
			return err
		}
		name := filepath.Base(filepath.Dir(path))
		if found[name] == nil {
			found[name] = &family{}
		}
		return found[name].read(path)
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (f *family) read(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if strings.HasSuffix(path, "_test.go") {
		f.testing += string(text)
		return nil
	}
	f.source += string(text)
	file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments)
	if err != nil {
		return err
	}
	f.documented = f.documented || file.Doc != nil
	for _, d := range file.Decls {
		f.declare(file.Name.Name, d)
	}
	return nil
}

func (f *family) declare(pkg string, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.IsExported() {
			f.functions = append(f.functions, pkg+"."+d.Name.Name)
			f.names = append(f.names, pkg+"."+d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() {
				f.names = append(f.names, pkg+"."+s.Name.Name)
			}
		}
	}
}

var mapped = regexp.MustCompile(`\[(\w+\.\w+)\]`)

func TestTheMapNamesWhatExists(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families(t) {
		names = append(names, f.names...)
	}
	links := mapped.FindAllStringSubmatch(string(text), -1)
	if len(links) < 60 {
		t.Errorf("the map names only %d functions", len(links))
	}
	for _, m := range links {
		if !slices.Contains(names, m[1]) {
			t.Errorf("the map names %s, which does not exist", m[1])
		}
	}
}

func TestEveryFunctionIsExplained(t *testing.T) {
	pages, err := filepath.Glob("../docs/method/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal("no pages", err)
	}
	explained := map[string]bool{}
	for _, name := range append(pages, "doc.go") {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range regexp.MustCompile(`\w+\.\w+`).FindAllString(string(page), -1) {
			explained[word] = true
		}
	}
	for _, f := range families(t) {
		for _, name := range f.functions {
			if !explained[name] {
				t.Errorf("%s is neither on a page of docs/method nor in the map", name)
			}
		}
	}
}

func TestEveryFamilyIsProved(t *testing.T) {
	for name, f := range families(t) {
		if !f.documented {
			t.Errorf("%s has no package comment", name)
		}
		for what, sign := range map[string]string{
			"example": "func Example", "fuzz target": "func Fuzz", "property": "rapid.Check",
			"comparison with others' numbers": "evidence.Claim",
		} {
			if !strings.Contains(f.testing, sign) {
				t.Errorf("%s has no %s", name, what)
			}
		}
		if strings.Contains(f.source, "stat.Interval") && !strings.Contains(f.testing, "evidence.Simulate") {
			t.Errorf("%s gives intervals, but no simulation counts how often they hold", name)
		}
	}
}
