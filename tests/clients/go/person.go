package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// person is somebody at their browser, as far as a program needs one: keeps cookies, follows redirects, fills in forms.
type person struct {
	client http.Client
	stopAt string
}

// page is where a person has arrived: a page, or an address that was not opened.
type page struct {
	url  *url.URL
	root *html.Node
}

func newPerson() *person {
	it := &person{}
	it.client.Jar, _ = cookiejar.New(nil)
	it.client.CheckRedirect = func(next *http.Request, before []*http.Request) error {
		if len(before) > 20 {
			return errors.New("more than 20 redirects")
		}
		if it.stopAt != "" && strings.HasPrefix(next.URL.String(), it.stopAt) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return it
}

// open goes to an address and where it leads, at most to the first that begins with stopAt, which it does not open.
func (it *person) open(address, stopAt string) (*page, error) {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return it.send(request, stopAt)
}

// follow opens the first link whose path ends so.
func (it *person) follow(from *page, ending string) (*page, error) {
	for node := range from.elements("a") {
		target, err := from.url.Parse(attribute(node, "href"))
		if err == nil && strings.HasSuffix(target.Path, ending) {
			return it.open(target.String(), "")
		}
	}
	return nil, fmt.Errorf("no link to …%s on %s", ending, from.url)
}

// submit fills in the form that holds the button of this id, by the ids of its fields, and sends it.
func (it *person) submit(from *page, button string, values map[string]string, stopAt string) (*page, error) {
	for form := range from.elements("form") {
		holds, fields := false, url.Values{}
		for node := range form.Descendants() {
			id, name := attribute(node, "id"), attribute(node, "name")
			if id == button {
				holds = true
				if name != "" {
					fields.Set(name, attribute(node, "value"))
				}
			}
			if node.Data == "input" && name != "" && attribute(node, "type") != "checkbox" {
				value, given := values[id]
				if !given {
					value = attribute(node, "value")
				}
				fields.Set(name, value)
			}
		}
		if !holds {
			continue
		}
		action, err := from.url.Parse(attribute(form, "action"))
		if err != nil {
			return nil, err
		}
		request, err := http.NewRequest(http.MethodPost, action.String(), strings.NewReader(fields.Encode()))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", from.url.Scheme+"://"+from.url.Host)
		return it.send(request, stopAt)
	}
	return nil, fmt.Errorf("no form with the button %s on %s", button, from.url)
}

func (it *person) send(request *http.Request, stopAt string) (*page, error) {
	it.stopAt = stopAt
	response, err := it.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if location, err := response.Location(); err == nil {
		return &page{url: location}, nil
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s:\n%s", response.Request.URL, response.Status, body)
	}
	root, err := html.Parse(bytes.NewReader(body))
	return &page{url: response.Request.URL, root: root}, err
}

// elements gives the elements of a name, in the order of the page.
func (it *page) elements(name string) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for node := range it.root.Descendants() {
			if node.Type == html.ElementNode && node.Data == name && !yield(node) {
				return
			}
		}
	}
}

func attribute(node *html.Node, name string) string {
	for _, attribute := range node.Attr {
		if attribute.Key == name {
			return attribute.Val
		}
	}
	return ""
}
