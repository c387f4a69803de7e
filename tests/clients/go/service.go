package main

import (
	"context"
	"fmt"

	"golang.org/x/oauth2/clientcredentials"
)

// askForItself involves no people: the client is who its token is about.
func (it *trial) askForItself(ctx context.Context) error {
	config := clientcredentials.Config{
		ClientID:     it.config.ClientID,
		ClientSecret: it.config.ClientSecret,
		TokenURL:     it.config.Endpoint.TokenURL,
		AuthStyle:    it.config.Endpoint.AuthStyle,
	}
	token, err := config.Token(ctx)
	if err != nil {
		return err
	}
	if !token.Valid() || token.RefreshToken != "" {
		return fmt.Errorf("the token ends at %s and comes with the refresh token %q", token.Expiry, token.RefreshToken)
	}
	fmt.Println("asked for itself", token.Type(), token.Expiry)
	return nil
}
