// SPDX-License-Identifier: GPL-2.0-only
// Client.java ADDRESS,... PEER PORT COUNT: as client.py, with com.sun.nio.sctp.
import com.sun.nio.sctp.MessageInfo;
import com.sun.nio.sctp.SctpChannel;
import com.sun.nio.sctp.SctpStandardSocketOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

public class Client {
	public static void main(String[] words) throws Exception {
		String[] addresses = words[0].split(",");
		int port = Integer.parseInt(words[2]), count = Integer.parseInt(words[3]);
		SctpChannel channel = SctpChannel.open();

		channel.setOption(SctpStandardSocketOptions.SCTP_NODELAY, true);
		channel.bind(new InetSocketAddress(addresses[0], 0));
		for (int i = 1; i < addresses.length; i++)
			channel.bindAddress(InetAddress.getByName(addresses[i]));
		channel.connect(new InetSocketAddress(words[1], port));
		System.out.println("connected to " + channel.getRemoteAddresses().size() + " addresses");
		long start = System.nanoTime();
		for (int number = 0; number < count; number++) {
			long wait = start + number * 100_000_000L - System.nanoTime();
			if (wait > 0)
				Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
			ByteBuffer message = ByteBuffer.allocate(1000);
			message.put(String.format("%08d", number).getBytes());
			message.clear();
			channel.send(message, MessageInfo.createOutgoing(null, 0));
		}
		channel.close();
		System.out.println("sent " + count);
	}
}
