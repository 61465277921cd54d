# Prints what Mail::DKIM says of a letter: verify_dkim.pl <key record> <file>. No DNS is asked.
use strict;
use warnings;
use Mail::DKIM::PublicKey;
use Mail::DKIM::Verifier;

my ($record, $path) = @ARGV;
no warnings 'redefine';
*Mail::DKIM::PublicKey::fetch_async = sub {
    my ($class, %options) = @_;
    my $key = Mail::DKIM::PublicKey->parse($record);
    return sub { $options{Callbacks}{Success} ? $options{Callbacks}{Success}->($key) : $key };
};
my $verifier = Mail::DKIM::Verifier->new;
open my $file, '<:raw', $path or die;
while (my $line = <$file>) { $verifier->PRINT($line) }
$verifier->CLOSE;
print $verifier->result;
